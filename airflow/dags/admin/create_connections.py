"""
### CreateConnections

Creates Airflow connections, or overwrites connections with the same id, in one request. The list is the run's parameter
`connections`, or else the file `config/connections.json`: objects with `connection_id`, `conn_type` and optionally `host`,
`port`, `schema`, `login`, `description`, `extra`. It never contains passwords: `password_secret` names the secret in AWS
Secrets Manager that holds the password.
"""

from typing import Any

from airflow.sdk import Param, task
from airflow_on_aws.admin.tasks import admin_dag, fail, fail_if_any


@admin_dag(
    "create_connections",
    "CreateConnections",
    "Creates or overwrites Airflow connections",
    __doc__,
    schedule=None,
    params={
        "connections": Param([], type="array", items={"type": "object"}, description="Default: config/connections.json")
    },
)
def create_connections() -> None:
    """Run one task; it can be repeated safely."""

    @task
    def create(params: dict[str, Any]) -> None:
        """Create all valid connections, then fail if any entry was invalid."""
        from airflow_on_aws.admin import connections
        from airflow_on_aws.admin.rest_api import Api, ApiError

        try:
            with Api.connect() as api:
                entries = params["connections"] or connections.connections_from_file()
                errors = connections.create_connections(api, entries)
        except (ApiError, ValueError) as error:
            fail(str(error))
        fail_if_any(errors)

    create()


create_connections()
