"""The module ``workflows``: a project's registry entry, connections, variables and task role."""
