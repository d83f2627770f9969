"""
### BackupDatabase

Writes a dump of the metadata database to S3, below AIRFLOW_ON_AWS_BACKUPS (`s3://bucket/prefix`). It works where
CleanDatabase does, and for the same reason. How to restore one: `docs/how-to/maintenance.md`.
"""

import os
from datetime import datetime

from airflow.sdk import dag, task
from airflow_on_aws.admin import tasks


@dag(
    dag_id="admin__backup_database",
    dag_display_name="BackupDatabase",
    description="Dumps the metadata database to S3",
    doc_md=__doc__,
    tags=["admin"],
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=tasks.arguments(),
)
def backup_database() -> None:
    """One task."""

    @task
    def backup() -> None:
        """`python -m airflow_on_aws.database.maintenance backup`, in a process that may use the database."""
        from airflow_on_aws.database import maintenance

        to = os.environ.get("AIRFLOW_ON_AWS_BACKUPS")
        if not to:
            tasks.fail("there is nowhere to write a backup to; set AIRFLOW_ON_AWS_BACKUPS to s3://bucket/prefix")
        try:
            maintenance.from_task("backup", to)
        except maintenance.MaintenanceError as error:
            tasks.fail(str(error))

    backup()


backup_database()
