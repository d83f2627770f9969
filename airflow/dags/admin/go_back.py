"""
### GoBack

Makes an older release of a project current again: the one before, or that of `commit`. ImportDAGs leaves it there until
somebody pushes. `ops rollback` starts this, and `ops releases` lists what there is.
"""

import logging
from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks

log = logging.getLogger(__name__)


@dag(
    dag_id="admin__go_back",
    dag_display_name="GoBack",
    description="Makes an older release of a project current again",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    # Nothing starts it but a person, and that person is in a hurry.
    is_paused_upon_creation=False,
    params={
        "project": Param(None, type="string", description="Which project"),
        "commit": Param(None, type=["null", "string"], description="Its first letters; without it the one before"),
    },
    default_args=tasks.arguments(),
)
def go_back() -> None:
    """One step."""

    @task
    def move(params: dict[str, Any]) -> str:
        """The commit that is current from now on."""
        from airflow_on_aws.admin.rest_api import Api, ApiError
        from airflow_on_aws.delivery import rollback
        from airflow_on_aws.delivery.parsing import look_again
        from airflow_on_aws.delivery.project_delivery import DeliveryError
        from airflow_on_aws.delivery.releases import projects_folder

        try:
            commit = rollback.go_back(params["project"], projects_folder(), params["commit"])
        except DeliveryError as error:
            tasks.fail(str(error))
        log.info("%s: commit %s is current", params["project"], commit)
        try:
            with Api.connect() as api:
                look_again(api, params["project"])
        except ApiError as error:  # it has been moved, and Airflow looks by itself a little later
            log.warning(str(error))
        return commit

    move()


go_back()
