"""A task that logs in every possible way, and fails."""

import logging
import sys
import warnings

from airflow.sdk import dag, task


@dag(dag_id="logs__lines", schedule=None, tags=["test"], default_args={"owner": "test", "retries": 0})
def lines() -> None:
    @task
    def speak() -> None:
        logging.getLogger("ours").info("logged: %s", "Grüße")
        print("printed")
        print("complained", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        raise ValueError("broken on purpose")

    speak()


lines()
