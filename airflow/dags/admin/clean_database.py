"""
### CleanDatabase

Deletes runs, task instances and audit logs that are older than `keep_days` from the metadata database. A task normally
has no access to that database, so this DAG works on a laptop only, where `ops airflow` grants the access on purpose.
Elsewhere the same command runs next to a component: see `docs/how-to/maintenance.md`.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin.tasks import default_arguments, fail


@dag(
    dag_id="admin__clean_database",
    dag_display_name="CleanDatabase",
    description="Deletes old runs and logs from the metadata database",
    doc_md=__doc__,
    tags=["admin"],
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"keep_days": Param(90, type="integer", minimum=7)},
    default_args=default_arguments(),
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
