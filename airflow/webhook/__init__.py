"""Web service next to Airflow: when GitHub reports a push, it triggers ImportDAGs for that repository."""
