"""What `ops releases` and `ops rollback` do: ask Airflow, which alone can reach the releases."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from ops.airflow.api import Api
from ops.errors import OpsError

DAG = "admin__go_back"
# With the executor `ecs` a task starts after about a minute.
WITHIN_SECONDS = 600.0


def releases(api: Api, project: str) -> list[dict[str, Any]]:
    """The current one first; raises OpsError if there is none."""
    found: list[dict[str, Any]] = api.call("GET", f"/releases/{quote(project, safe='')}")
    if not found:
        raise OpsError(f"project {project!r} has no release in {api.url}; see to its name, or run ImportDAGs there")
    return found


def show(found: list[dict[str, Any]], console: Console) -> None:
    """One line for each."""
    table = Table()
    for column in ("Commit", "Current last, UTC", ""):
        table.add_column(column, no_wrap=True)
    for one in found:
        what = "current" if one["current"] else "passed over until a push" if one["passed_over"] else ""
        table.add_row(one["commit"], "now" if one["current"] else one["last_used"], what)
    console.print(table)


def roll_back(api: Api, project: str, commit: str | None, told: Callable[[str], None]) -> str:
    """The commit that is current from now on; raises OpsError with what Airflow says."""
    releases(api, project)
    conf = {"project": project, "commit": commit}
    run = api.call("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None, "conf": conf})
    path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run['dag_run_id'])}"
    until = time.monotonic() + WITHIN_SECONDS
    while (state := api.call("GET", path)["state"]) not in {"success", "failed"}:
        if time.monotonic() > until:
            raise OpsError(
                f"the run {run['dag_run_id']} of {DAG} is still {state} after {WITHIN_SECONDS:g} s; see to it there"
            )
        told(f"waiting for {DAG}: {state}")
        time.sleep(0.5)
    task = f"{path}/taskInstances/move"
    if state == "success":
        return str(api.call("GET", f"{task}/xcomEntries/return_value")["value"])
    raise OpsError(_reason(api, task) or f"{DAG} failed: its log in {api.url} says why")


def _reason(api: Api, task: str) -> str | None:
    """The first error in the log of the task, which is ours."""
    number = api.call("GET", task)["try_number"]
    lines = api.call("GET", f"{task}/logs/{number}")["content"]
    return next((str(line["event"]) for line in lines if line.get("level") == "error"), None)
