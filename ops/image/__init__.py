"""Our image: built from `airflow/`, pushed to the registry of an environment, and run by its digest."""

BASE_VARIABLE = "AIRFLOW_ON_AWS_BASE_IMAGE"
"""Environment variable with the name of the base image, for example in a mirror."""
