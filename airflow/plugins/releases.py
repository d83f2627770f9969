"""Endpoint with the releases of a project, for signed-in users; `ops releases` calls it.

The api-server mounts the projects' folder read-only, so that no task is needed for the answer.
"""

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class Releases(AirflowPlugin):
    """Serves /releases/<project>."""

    name = "releases"

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The app; only the api-server reads this property."""
        from airflow.api_fastapi.core_api.security import GetUserDep
        from airflow_on_aws.delivery import rollback
        from airflow_on_aws.delivery.releases import projects_folder
        from fastapi import FastAPI

        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/{project}")
        def releases(project: str, user: GetUserDep) -> list[rollback.Release]:
            return rollback.list_releases(project, projects_folder())

        return [{"name": "releases", "app": app, "url_prefix": "/releases"}]
