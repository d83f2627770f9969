"""
### CleanDatabase

Deletes runs, task instances and audit logs that are older than `keep_days` from the metadata database. A task normally
has no access to that database, so this DAG works on a laptop only, where `ops airflow` grants the access on purpose.
Elsewhere the same command runs next to a component: see `docs/how-to/maintenance.md`.
"""

from typing import Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail


@admin_dag(
    "clean_database",
    "CleanDatabase",
    "Deletes old runs and logs from the metadata database",
    __doc__,
    schedule="@weekly",
    catchup=False,
    max_active_runs=1,
    params={"keep_days": Param(90, type="integer", minimum=7)},
)
def clean_database() -> None:
    """Run one task."""

    @task
    def clean(params: dict[str, Any]) -> None:
        """Run `python -m airflow_on_aws.database.maintenance clean` in a process that can access the database."""
        from airflow_on_aws.database.maintenance import MaintenanceError, run_from_task

        try:
            run_from_task("clean", "--keep-days", str(params["keep_days"]))
        except MaintenanceError as error:
            fail(str(error))

    clean()


clean_database()
