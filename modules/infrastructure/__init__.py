"""The module ``infrastructure``: a project's bucket and target database."""
