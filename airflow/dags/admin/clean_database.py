"""
### CleanDatabase

Deletes what the metadata database has kept longer than `keep_days`: runs, task instances, logs of who did what. A task
has no access to that database; this one works where Airflow's starter gives it one on purpose (a laptop).
Elsewhere the same command runs beside the database: see `docs/how-to/maintenance.md`.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks


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
    default_args=tasks.arguments(),
)
def clean_database() -> None:
    """One task."""

    @task
    def clean(params: dict[str, Any]) -> None:
        """`python -m airflow_on_aws.database.maintenance clean`, in a process that may use the database."""
        from airflow_on_aws.database import maintenance

        try:
            maintenance.from_task("clean", "--keep-days", str(params["keep_days"]))
        except maintenance.MaintenanceError as error:
            tasks.fail(str(error))

    clean()


clean_database()
