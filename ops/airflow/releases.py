"""`ops releases` and `ops rollback`, through Airflow's API: only Airflow can access the releases."""

from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.airflow.api import Api
from ops.errors import OpsError

DAG = "admin__rollback"
# With the executor `ecs` a task takes about a minute to start.
WITHIN_SECONDS = 600.0


def list_releases(api: Api, project: str) -> list[dict[str, Any]]:
    """Return the releases of a project, the current release first; raises OpsError if there is none."""
    found: list[dict[str, Any]] = api.call("GET", f"/releases/{quote(project, safe='')}")
    if not found:
        raise OpsError(f"project {project!r} has no release in {api.url}: check the name, or run ImportDAGs there")
    return found


def print_releases(found: list[dict[str, Any]], console: Console) -> None:
    """Print a table with one line per release."""
    table = Table()
    for column in ("Commit", "Current last, UTC", ""):
        table.add_column(column, no_wrap=True)
    for release in found:
        state = "current" if release["current"] else "skipped until a push" if release["skipped"] else ""
        table.add_row(Text(release["commit"]), "now" if release["current"] else release["last_used"], state)
    console.print(table)


def roll_back(api: Api, project: str, commit: str | None) -> str:
    """Make a release current and return its commit; raises OpsError with the first error of the DAG."""
    list_releases(api, project)
    run = api.run(DAG, {"project": project, "commit": commit}, WITHIN_SECONDS)
    if run.state == "success":
        return str(api.call("GET", f"{run.path}/taskInstances/move/xcomEntries/return_value")["value"])
    lines = [line for task in run.tasks for line in task.lines]
    raise OpsError(lines[0] if lines else f"{DAG} failed: see its log in {api.url}")
