"""
### Rollback

Makes an older release of a project current again: the previous release, or the release of `commit`. ImportDAGs keeps it
until the next push. `ops rollback` starts this DAG, and `ops releases` lists the releases.
"""

import logging
from typing import Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail

log = logging.getLogger(__name__)


@admin_dag(
    "rollback",
    "Rollback",
    "Makes an older release of a project current again",
    __doc__,
    schedule=None,
    # Only an operator starts it, and then without time to unpause it.
    is_paused_upon_creation=False,
    params={
        "project": Param(None, type="string", description="Name of the project"),
        "commit": Param(
            None, type=["null", "string"], description="Commit, may be abbreviated; default: the previous release"
        ),
    },
)
def rollback() -> None:
    """Run one task."""

    @task
    def move(params: dict[str, Any]) -> str:
        """Return the commit that is current now."""
        from airflow_on_aws.admin.rest_api import Api, ApiError
        from airflow_on_aws.delivery.parsing import request_parsing
        from airflow_on_aws.delivery.project_delivery import DeliveryError
        from airflow_on_aws.delivery.releases import projects_folder
        from airflow_on_aws.delivery.rollback import roll_back

        try:
            commit = roll_back(params["project"], projects_folder(), params["commit"])
        except DeliveryError as error:
            fail(str(error))
        log.info("%s: commit %s is current", params["project"], commit)
        try:
            with Api.connect() as api:
                request_parsing(api, params["project"])
        except ApiError as error:  # the rollback is done; Airflow parses the files at its next interval
            log.warning(str(error))
        return commit

    move()


rollback()
