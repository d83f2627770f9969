"""Flower, which shows Celery's workers and queues, as a page of Airflow behind Airflow's sign-in.

AIRFLOW_ON_AWS_FLOWER is its URL as seen from the api-server: http://host:5555. Without it the plugin adds nothing.
"""

import os
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

FLOWER = os.environ.get("AIRFLOW_ON_AWS_FLOWER")
PREFIX = "/flower"  # the same as Flower's: `airflow celery flower --url-prefix flower`


class Flower(AirflowPlugin):
    """Serves /flower/."""

    name = "flower"
    # A link in the menu Admin; users without permission get an error on the page.
    external_views = (
        [{"name": "Flower", "href": f"{PREFIX}/", "url_route": "flower", "category": "admin"}] if FLOWER else []
    )

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The proxy; only the api-server reads this property."""
        if not FLOWER:
            return []
        from airflow_on_aws.celery.flower import create_proxy

        return [{"name": "flower", "app": create_proxy(PREFIX, FLOWER), "url_prefix": PREFIX}]
