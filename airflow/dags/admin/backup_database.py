"""
### BackupDatabase

Dumps the metadata database to S3, below AIRFLOW_ON_AWS_BACKUPS (`s3://bucket/prefix`). A task normally has no access to
that database, so this DAG works on a laptop only, as CleanDatabase does. How to restore a dump: `docs/how-to/maintenance.md`.
"""

import os
from datetime import datetime

from airflow.sdk import dag, task
from airflow_on_aws.admin.tasks import default_arguments, fail


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
    default_args=default_arguments(),
)
def backup_database() -> None:
    """Run one task."""

    @task
    def backup() -> None:
        """Run `python -m airflow_on_aws.database.maintenance backup` in a process that can access the database."""
        from airflow_on_aws.database.maintenance import MaintenanceError, run_from_task

        destination = os.environ.get("AIRFLOW_ON_AWS_BACKUPS")
        if not destination:
            fail("no destination for the backup; set AIRFLOW_ON_AWS_BACKUPS to s3://bucket/prefix")
        try:
            run_from_task("backup", destination)
        except MaintenanceError as error:
            fail(str(error))

    backup()


backup_database()
