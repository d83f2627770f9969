"""The releases of a project, for whoever is signed in: what `ops releases` asks for.

The api-server has the projects' folder to read, so that the answer is there at once.
"""

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class Releases(AirflowPlugin):
    """Answers at /releases/<project>."""

    name = "releases"

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """Only the api-server asks for it."""
        from airflow.api_fastapi.core_api.security import GetUserDep
        from airflow_on_aws.delivery import rollback
        from airflow_on_aws.delivery.releases import projects_folder
        from fastapi import FastAPI

        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/{project}")
        def releases(project: str, user: GetUserDep) -> list[rollback.Release]:
            return rollback.releases(project, projects_folder())

        return [{"name": "releases", "app": app, "url_prefix": "/releases"}]
