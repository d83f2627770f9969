"""GitHub tells of a push, and ImportDAGs imports that repository: a small web service beside Airflow."""
