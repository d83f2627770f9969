"""
### InstallDependencies

Sees to it that every project has the environment that its current release asks for in `requirements.txt`. ImportDAGs does
the same for each new release; run this after an upgrade of the image, whose Python may be another, or to
repair one: with `again` it is built anew.
"""

import logging
from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks

log = logging.getLogger(__name__)


@dag(
    dag_id="admin__install_dependencies",
    dag_display_name="InstallDependencies",
    description="Installs each project's own packages into its own environment",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={
        "project": Param(None, type=["null", "string"], description="Only this project"),
        "again": Param(False, type="boolean", description="Build it anew; its tasks fail meanwhile"),
    },
    default_args=tasks.arguments(),
)
def install_dependencies() -> None:
    """One task for each project."""

    @task
    def projects(params: dict[str, Any]) -> list[str]:
        """Those that have a release."""
        from airflow_on_aws.delivery.releases import delivered, projects_folder

        found = delivered(projects_folder())
        if params["project"]:
            if params["project"] not in found:
                tasks.fail(f"no release of {params['project']!r} has been imported; run ImportDAGs first")
            return [params["project"]]
        return found

    @task(map_index_template="{{ task.op_kwargs['project'] }}")
    def install(project: str, params: dict[str, Any]) -> None:
        """Into the project's folder, never into what Airflow itself runs in."""
        from airflow_on_aws.delivery.project_delivery import DeliveryError, install_again
        from airflow_on_aws.delivery.releases import projects_folder

        try:
            environment = install_again(project, projects_folder(), anew=params["again"])
        except DeliveryError as error:
            tasks.fail(str(error))
        log.info("%s: %s", project, environment or "asks for no packages of its own")

    install.expand(project=projects())


install_dependencies()
