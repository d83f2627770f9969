"""Data projects: creation, a run of a DAG, removal."""
