"""
### InstallDependencies

Creates, for every project, the environment with the packages in its current release's `requirements.txt`. ImportDAGs does
the same for each new release. Run this DAG after an upgrade of the image, which may change the Python version, or with
`again` to rebuild a damaged environment.
"""

import logging
from typing import Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail

log = logging.getLogger(__name__)


@admin_dag(
    "install_dependencies",
    "InstallDependencies",
    "Installs each project's own packages into its own environment",
    __doc__,
    schedule=None,
    params={
        "project": Param(None, type=["null", "string"], description="Only this project"),
        "again": Param(False, type="boolean", description="Rebuild the environment; its tasks fail meanwhile"),
    },
)
def install_dependencies() -> None:
    """Run one task per project."""

    @task
    def projects(params: dict[str, Any]) -> list[str]:
        """Return the projects that have a release, or the requested project."""
        from airflow_on_aws.delivery.releases import projects_folder, projects_with_release

        found = projects_with_release(projects_folder())
        if params["project"]:
            if params["project"] not in found:
                fail(f"no release of {params['project']!r} has been imported; run ImportDAGs first")
            return [params["project"]]
        return found

    @task(map_index_template="{{ task.op_kwargs['project'] }}")
    def install(project: str, params: dict[str, Any]) -> None:
        """Install into the project's folder, never into Airflow's own environment."""
        from airflow_on_aws.delivery.project_delivery import DeliveryError, install_packages
        from airflow_on_aws.delivery.releases import projects_folder

        try:
            environment = install_packages(project, projects_folder(), rebuild=params["again"])
        except DeliveryError as error:
            fail(str(error))
        log.info("%s: %s", project, environment or "requires no packages of its own")

    install.expand(project=projects())


install_dependencies()
