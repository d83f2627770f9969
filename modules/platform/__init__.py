"""The module ``platform``: one Airflow cluster."""
