"""
### CreateConnections

Creates Airflow connections, or overwrites those of the same id, in one request. They come with the run, as `connections`,
or else from the file `config/connections.json`: a list of objects with `connection_id`, `conn_type` and, as needed,
`host`, `port`, `schema`, `login`, `description`, `extra`. A password is never among them: `password_secret` names
the secret in AWS Secrets Manager that holds it.
"""

from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task
from airflow_on_aws.admin import tasks


@dag(
    dag_id="admin__create_connections",
    dag_display_name="CreateConnections",
    description="Creates or overwrites Airflow connections",
    doc_md=__doc__,
    tags=["admin"],
    schedule=None,
    start_date=datetime(2026, 1, 1),
    params={
        "connections": Param([], type="array", items={"type": "object"}, description="Default: config/connections.json")
    },
    default_args=tasks.arguments(),
)
def create_connections() -> None:
    """Safe to run again."""

    @task
    def create(params: dict[str, Any]) -> None:
        """All that can be read, then fails if there was one that could not."""
        from airflow_on_aws.admin import connections
        from airflow_on_aws.admin.rest_api import Api, ApiError

        try:
            with Api.connect() as api:
                lines = connections.create(api, params["connections"] or connections.from_file())
        except (ApiError, ValueError) as error:
            tasks.fail(str(error))
        tasks.fail_if(lines)

    create()


create_connections()
