"""
### CreateUsers

Creates Airflow's users, or brings those of the same name up to date. They come with the run, as `users`, or else from the
file `config/users.csv`: `username,email,first_name,last_name,roles` and, if wanted, `password_secret`; several
roles are separated by spaces.

Who signs in with Google or another provider needs no password. For others `password_secret` names a secret in AWS Secrets
Manager: if it does not exist, it is made, with a random password. A password is in no file and in no log.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks


@dag(
    dag_id="admin__create_users",
    dag_display_name="CreateUsers",
    description="Creates Airflow users or brings them up to date",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={"users": Param([], type="array", items={"type": "object"}, description="Default: config/users.csv")},
    default_args=tasks.arguments(),
)
def create_users() -> None:
    """Safe to run again."""

    @task
    def create(params: dict[str, Any]) -> None:
        """One after the other; a user that cannot be made stops no other."""
        from airflow_on_aws.admin import users
        from airflow_on_aws.admin.rest_api import Api, ApiError

        try:
            with Api.connect() as api:
                lines = users.create(api, params["users"] or users.from_file())
        except (ApiError, ValueError) as error:
            tasks.fail(str(error))
        tasks.fail_if(lines)

    create()


create_users()
