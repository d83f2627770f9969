"""
### CreateUsers

Creates Airflow users, or updates users with the same name. The list is the run's parameter `users`, or else the file
`config/users.csv` with the columns `username,email,first_name,last_name,roles` and optionally `password_secret`; separate
several roles by spaces.

Users who sign in with Google or another provider need no password. For other users, `password_secret` names a secret in AWS
Secrets Manager; if it does not exist, it is created with a random password. Files and logs never contain a password.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin.tasks import default_arguments, fail, fail_if_any


@dag(
    dag_id="admin__create_users",
    dag_display_name="CreateUsers",
    description="Creates or updates Airflow users",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={"users": Param([], type="array", items={"type": "object"}, description="Default: config/users.csv")},
    default_args=default_arguments(),
)
def create_users() -> None:
    """Run one task; it can be repeated safely."""

    @task
    def create(params: dict[str, Any]) -> None:
        """Create or update each user; a failure does not affect other users."""
        from airflow_on_aws.admin import users
        from airflow_on_aws.admin.rest_api import Api, ApiError

        try:
            with Api.connect() as api:
                errors = users.create_users(api, params["users"] or users.users_from_file())
        except (ApiError, ValueError) as error:
            fail(str(error))
        fail_if_any(errors)

    create()


create_users()
