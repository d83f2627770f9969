"""
### Rollback

Makes an older release of a project current again: the previous release, or the release of `commit`. ImportDAGs keeps it
until the next push. `ops rollback` starts this DAG, and `ops releases` lists the releases.
"""

import logging
from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin.tasks import default_arguments, fail

log = logging.getLogger(__name__)


@dag(
    dag_id="admin__rollback",
    dag_display_name="Rollback",
    description="Makes an older release of a project current again",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    # Only an operator starts it, and then without time to unpause it.
    is_paused_upon_creation=False,
    params={
        "project": Param(None, type="string", description="Name of the project"),
        "commit": Param(
            None, type=["null", "string"], description="Commit, may be abbreviated; default: the previous release"
        ),
    },
    default_args=default_arguments(),
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
