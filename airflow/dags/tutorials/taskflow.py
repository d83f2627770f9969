"""
### A DAG of Python functions

With TaskFlow a task is a decorated function, and calling it connects tasks. Airflow stores the return value (as an *XCom*)
and passes it to the next function, so it must be small: names and numbers, not data.
The middle task is *mapped*: Airflow creates one task per station as soon as it knows the list.
"""

import logging
from datetime import datetime

from airflow.sdk import dag, task

log = logging.getLogger(__name__)
READINGS = {"harbor": [11.0, 14.5, 12.5], "hill": [8.0, 9.5], "airport": [10.0, 15.0, 13.0, 12.0]}


@dag(
    dag_id="tutorial__taskflow",
    dag_display_name="Tutorial: TaskFlow",
    description="Functions as tasks, values between them, and one task for each item of a list",
    doc_md=__doc__,
    tags=["tutorial"],
    schedule=None,  # started by hand
    start_date=datetime(2026, 1, 1),
    default_args={"owner": "platform", "retries": 2},
)
def taskflow() -> None:
    """Find the warmest station."""

    @task
    def stations() -> list[str]:
        """Return the names. Later tasks see only the return value, not the variables of this function."""
        return sorted(READINGS)

    @task
    def mean(station: str) -> tuple[str, float]:
        """Return a station's mean; runs once per station, in parallel."""
        readings = READINGS[station]
        return station, sum(readings) / len(readings)

    @task
    def warmest(means: list[tuple[str, float]]) -> str:
        """Return the warmest station; receives all return values, in the order of the stations."""
        station, degrees = max(means, key=lambda pair: pair[1])
        log.info("%s is the warmest, %.1f °C on average", station, degrees)
        return station

    warmest(mean.expand(station=stations()))


taskflow()
