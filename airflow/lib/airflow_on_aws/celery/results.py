"""Results of Celery's tasks in Redis, for a scheduler that goes on while Redis is away."""

import logging
from typing import Any

from celery.backends.redis import RedisBackend

log = logging.getLogger(__name__)


class Results(RedisBackend):  # type: ignore[misc]
    """As Celery's, but for what ends Airflow's scheduler or fails its tasks: an exception in one of these two."""

    def mget(self, keys: list[Any]) -> list[Any]:
        """None for each if Redis does not answer, which Airflow takes for tasks that have not ended."""
        try:
            return list(super().mget(keys))
        except self.connection_errors as error:
            log.warning("The states of %d tasks are not known: Redis does not answer: %s", len(keys), error)
            return [None] * len(keys)

    def on_task_call(self, producer: Any, task_id: str) -> None:
        """Subscribes to nothing: Airflow asks for states, and nobody waits for a result."""
