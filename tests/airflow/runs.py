"""Runs of DAGs in a running Airflow, and their results."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

from instance import ApiError, Instance

SECONDS = 120.0
T = TypeVar("T")


@dataclass
class Run:
    """A run that has ended."""

    airflow: Instance
    path: str
    state: str

    def tasks(self) -> dict[str, str]:
        """Return the state of each task, or of each mapped task by its rendered name."""
        found = self.airflow.api("GET", f"{self.path}/taskInstances")["task_instances"]
        return {one["rendered_map_index"] or one["task_id"]: one["state"] for one in found}

    def log(self, task_id: str, name: str | None = None) -> list[dict[str, Any]]:
        """Return the log of a task's last try as the UI shows it; `name` selects a mapped task."""
        found = self.airflow.api("GET", f"{self.path}/taskInstances")["task_instances"]
        (one,) = [one for one in found if one["task_id"] == task_id and one["rendered_map_index"] == name]
        path = f"{self.path}/taskInstances/{task_id}/logs/{one['try_number']}?map_index={one['map_index']}"
        return list(self.airflow.api("GET", path)["content"])

    def errors(self, task_id: str, name: str | None = None) -> list[str]:
        """Return the error lines of that log, without Airflow's own."""
        lines = [line["event"] for line in self.log(task_id, name) if line.get("level") == "error"]
        return [line for line in lines if not line.startswith("Task failed")]


def run_dag(airflow: Instance, dag_id: str, conf: dict[str, Any] | None = None, seconds: float = SECONDS) -> Run:
    """Trigger a DAG without a logical date, as the UI does, and wait for its end."""
    return start_dag(airflow, dag_id, conf, seconds)()


def start_dag(
    airflow: Instance, dag_id: str, conf: dict[str, Any] | None = None, seconds: float = SECONDS
) -> Callable[[], Run]:
    """Trigger a DAG; return a function that waits for its end."""
    unpause(airflow, dag_id)
    began = airflow.api("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
    path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(began['dag_run_id'])}"

    def state() -> str | None:
        now = airflow.api("GET", path)["state"]
        return now if now in ("success", "failed") else None

    return lambda: Run(airflow, path, eventually(state, f"the end of {dag_id}", seconds))


def unpause(airflow: Instance, dag_id: str) -> None:
    """Unpause a DAG as soon as Airflow can run it."""
    eventually(lambda: known(airflow, f"{dag_id}/details"), f"the DAG {dag_id}")
    airflow.api("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})


def quiet_time(airflow: Instance, dag_id: str, seconds: float = 60) -> None:
    """Wait until no run of a DAG is active, and none is scheduled for the next `seconds`."""
    unpause(airflow, dag_id)

    def quiet() -> bool | None:
        after = airflow.api("GET", f"/api/v2/dags/{dag_id}")["next_dagrun_run_after"]
        running = airflow.api("GET", f"/api/v2/dags/{dag_id}/dagRuns?state=running&state=queued")["total_entries"]
        soon = after is None or datetime.fromisoformat(after) < datetime.now(UTC) + timedelta(seconds=seconds)
        return None if soon or running else True

    eventually(quiet, f"a quiet time for {dag_id}", SECONDS + seconds)


def known(airflow: Instance, dag_id: str) -> dict[str, Any] | None:
    """Return Airflow's description of a DAG, or None if it does not know the DAG."""
    try:
        found: dict[str, Any] = airflow.api("GET", f"/api/v2/dags/{dag_id}")
    except ApiError as error:
        if error.status != 404:
            raise
        return None
    else:
        return found


def connect(
    airflow: Instance, connection_id: str, conn_type: str, extra: dict[str, Any] | None = None, **fields: Any
) -> None:
    """Create or overwrite a connection in the metadata database."""
    entity = {"connection_id": connection_id, "conn_type": conn_type, "extra": json.dumps(extra or {}), **fields}
    action = {"action": "create", "action_on_existence": "overwrite", "entities": [entity]}
    airflow.api("PATCH", "/api/v2/connections", {"actions": [action]})


def eventually(ask: Callable[[], T | None], what: str, seconds: float = SECONDS) -> T:
    """Wait for the first answer that is not None, and return it."""
    until = time.monotonic() + seconds
    while (answer := ask()) is None:
        assert time.monotonic() < until, f"no sign of {what} within {seconds:g} s"
        time.sleep(0.3)
    return answer
