"""The commands for a data project: `ops new-project`, `run-project` and `remove-project`."""
