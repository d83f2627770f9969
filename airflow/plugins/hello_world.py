"""Example plugin: a page made with Flask-AppBuilder and a page made with FastAPI, for signed-in users.

Airflow does not protect plugin pages: without a guard they are public. Every task imports this file, so imports that only the
api-server needs, which take a second, are inside the properties.
"""

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class HelloWorld(AirflowPlugin):
    """Serves /pluginsv2/hello/ and /hello/."""

    name = "hello_world"
    # A link in the menu Browse. A name in appbuilder_views would add a link to an empty page.
    external_views = [
        {"name": "Hello, world", "href": "/pluginsv2/hello/", "url_route": "hello-world", "category": "browse"}
    ]

    @cached_property
    def appbuilder_views(self) -> list[dict[str, Any]]:
        """The page /pluginsv2/hello/."""
        from airflow_on_aws.sign_in.plugin_pages import require_sign_in
        from flask_appbuilder import BaseView, expose

        class Hello(BaseView):
            route_base = "/hello"
            default_view = "hello"

            @expose("/")
            @require_sign_in
            def hello(self) -> str:
                return "Hello, world"

        return [{"view": Hello()}]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The page /hello/. Use FastAPI for new plugins: Airflow has deprecated Flask-AppBuilder views."""
        from airflow.api_fastapi.core_api.security import GetUserDep
        from fastapi import FastAPI

        # No docs_url and so on: these pages would be public.
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/")
        def hello(user: GetUserDep) -> dict[str, str]:
            return {"message": "Hello, world", "to": user.get_name()}

        return [{"name": "hello_world", "app": app, "url_prefix": "/hello"}]
