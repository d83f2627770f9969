"""Our image: built from `airflow/`, pushed to the registry of an environment, run by its digest."""
