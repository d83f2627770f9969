"""Airflow on this machine without containers: `make airflow`."""
