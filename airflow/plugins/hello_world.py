"""A plugin to start from: one page made with Flask-AppBuilder, one with FastAPI, for whoever is signed in.

Airflow opens neither to signed-in users only by itself: what is not guarded is public.
Every task starts this file, so what only the api-server needs is imported where it asks for it: that takes a second.
"""

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin


class HelloWorld(AirflowPlugin):
    """Answers at /pluginsv2/hello/ and at /hello/."""

    name = "hello_world"
    # A link under Browse. A name in appbuilder_views would make one to an empty page.
    external_views = [
        {"name": "Hello, world", "href": "/pluginsv2/hello/", "url_route": "hello-world", "category": "browse"}
    ]

    @cached_property
    def appbuilder_views(self) -> list[dict[str, Any]]:
        """A page at /pluginsv2/hello/."""
        from airflow_on_aws.sign_in.plugin_pages import signed_in
        from flask_appbuilder import BaseView, expose

        class Hello(BaseView):
            route_base = "/hello"
            default_view = "hello"

            @expose("/")
            @signed_in
            def hello(self) -> str:
                return "Hello, world"

        return [{"view": Hello()}]

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """An answer at /hello/. It is the better form for something new: Airflow has deprecated the other."""
        from airflow.api_fastapi.core_api.security import GetUserDep
        from fastapi import FastAPI

        # Its own documentation would be public.
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/")
        def hello(user: GetUserDep) -> dict[str, str]:
            return {"message": "Hello, world", "to": user.get_name()}

        return [{"name": "hello_world", "app": app, "url_prefix": "/hello"}]
