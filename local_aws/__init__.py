"""The local AWS: an emulator on loopback that the environment `local` is deployed to."""
