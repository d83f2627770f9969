"""Scripts for the maintainers of this repository; nothing that is deployed uses them."""
