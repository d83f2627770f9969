"""Local AWS: an emulator on loopback, the target of the environment `local`."""
