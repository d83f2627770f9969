"""What `ops releases` and `ops rollback` do: ask Airflow, which alone can reach the releases."""

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


def roll_back(api: Api, project: str, commit: str | None) -> str:
    """The commit that is current from now on; raises OpsError with what Airflow says."""
    releases(api, project)
    run = api.run(DAG, {"project": project, "commit": commit}, WITHIN_SECONDS)
    if run.state == "success":
        return str(api.call("GET", f"{run.path}/taskInstances/move/xcomEntries/return_value")["value"])
    said = [line for task in run.tasks for line in task.lines]
    raise OpsError(said[0] if said else f"{DAG} failed: its log in {api.url} says why")
