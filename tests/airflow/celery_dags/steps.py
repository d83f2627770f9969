"""A task that runs until the file next to its log file exists."""

import datetime
import time
from pathlib import Path

from airflow.sdk import DAG, get_current_context, task

with DAG("steps", schedule=None, start_date=datetime.datetime(2025, 1, 1), max_active_runs=20):

    @task
    def step() -> None:
        conf = get_current_context()["dag_run"].conf
        with Path(conf["file"]).open("a") as file:
            print("began", file=file, flush=True)
            while not (Path(conf["file"]).with_suffix(".end")).exists():
                time.sleep(0.1)
            print("ended", file=file, flush=True)

    step()
