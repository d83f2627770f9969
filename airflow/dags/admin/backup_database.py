"""
### BackupDatabase

Dumps the metadata database to S3, below AIRFLOW_ON_AWS_BACKUPS (`s3://bucket/prefix`). A task normally has no access to
that database, so this DAG works on a laptop only, as CleanDatabase does. How to restore a dump: `docs/how-to/maintenance.md`.
"""

import os

from airflow.sdk import task
from airflow_on_aws.admin.tasks import admin_dag, fail


@admin_dag(
    "backup_database",
    "BackupDatabase",
    "Dumps the metadata database to S3",
    __doc__,
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
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
