"""Result backend for Celery in Redis that tolerates an outage of Redis."""

import logging
from typing import Any

from celery.backends.redis import RedisBackend

log = logging.getLogger(__name__)


class TolerantRedisBackend(RedisBackend):  # type: ignore[misc]
    """Celery's Redis backend without the two exceptions that stop Airflow's scheduler or fail its tasks."""

    def mget(self, keys: list[Any]) -> list[Any]:
        """Return None for each key while Redis does not answer; Airflow treats such tasks as still running."""
        try:
            return list(super().mget(keys))
        except self.connection_errors as error:
            log.warning("The states of %d tasks are unknown: Redis does not answer: %s", len(keys), error)
            return [None] * len(keys)

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Skip the subscription: Airflow polls for states and never waits for a result."""
