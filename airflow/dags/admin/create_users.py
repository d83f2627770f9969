"""
### CreateUsers

Creates Airflow users, or updates users with the same name. The list is the run's parameter `users`, or else the file
`config/users.csv` with the columns `username,email,first_name,last_name,roles` and optionally `password_secret`; separate
several roles by spaces.

Users who sign in with Google or another provider need no password. For other users, `password_secret` names a secret in AWS
Secrets Manager; if it does not exist, it is created with a random password. Files and logs never contain a password.
"""

from typing import Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail, fail_if_any


@admin_dag(
    "create_users",
    "CreateUsers",
    "Creates or updates Airflow users",
    __doc__,
    schedule=None,
    params={"users": Param([], type="array", items={"type": "object"}, description="Default: config/users.csv")},
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
