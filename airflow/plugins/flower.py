"""Flower, which shows Celery's workers and queues, inside Airflow's pages and behind Airflow's sign-in.

AIRFLOW_ON_AWS_FLOWER is where the api-server finds it: http://host:5555. Without it there is nothing to show.
"""

import os
from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

FLOWER = os.environ.get("AIRFLOW_ON_AWS_FLOWER")
PREFIX = "/flower"  # also Flower's own: `airflow celery flower --url-prefix flower`


class Flower(AirflowPlugin):
    """Answers at /flower/."""

    name = "flower"
    # A link under Admin; who may not see Flower sees that there.
    external_views = (
        [{"name": "Flower", "href": f"{PREFIX}/", "url_route": "flower", "category": "admin"}] if FLOWER else []
    )

    @cached_property
    def fastapi_apps(self) -> list[dict[str, Any]]:
        """The proxy; only the api-server asks for it."""
        if not FLOWER:
            return []
        from airflow_on_aws.celery.flower import proxy

        return [{"name": "flower", "app": proxy(PREFIX, FLOWER), "url_prefix": PREFIX}]
