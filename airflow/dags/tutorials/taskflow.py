"""
### A DAG of Python functions

With TaskFlow a task is a decorated function, and calling it is what connects tasks. What a function returns is handed to
the next one through Airflow (as an *XCom*), so it has to be small: names and numbers, not data.
The middle task is *mapped*: Airflow makes one for each station when it knows how many there are.
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
    schedule=None,  # only by hand
    start_date=datetime(2026, 1, 1),
    default_args={"owner": "platform", "retries": 2},
)
def taskflow() -> None:
    """Which station is the warmest?"""

    @task
    def stations() -> list[str]:
        """A later task cannot see this one's variables, only what it returns."""
        return sorted(READINGS)

    @task
    def mean(station: str) -> tuple[str, float]:
        """Runs once for each station, side by side."""
        readings = READINGS[station]
        return station, sum(readings) / len(readings)

    @task
    def warmest(means: list[tuple[str, float]]) -> str:
        """Gets what all of them returned, in the order of the stations."""
        station, degrees = max(means, key=lambda pair: pair[1])
        log.info("%s is the warmest, %.1f °C on average", station, degrees)
        return station

    warmest(mean.expand(station=stations()))


taskflow()
