"""Airflow on this machine without containers (`make airflow`), and access to any Airflow's REST API."""
