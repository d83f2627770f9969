"""`ops rollback` with a fake API; tests/airflow/test_rollback.py uses a real Airflow."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from ops.airflow.api import Api
from ops.airflow.releases import print_releases, roll_back
from ops.errors import OpsError

RUN = "/api/v2/dags/admin__rollback/dagRuns/one"
MOVE = f"{RUN}/taskInstances/move"
TASK = {"rendered_map_index": None, "task_id": "move", "map_index": -1, "try_number": 1, "state": "failed"}


class Airflow(Api):
    """Fake Airflow, whose run of Rollback ends with a given state and log."""

    def __init__(self, state: str, log: list[dict[str, str]]) -> None:
        super().__init__("http://127.0.0.1:1", "")
        self.asked: list[Any] = []
        self.answers: dict[str, Any] = {
            "/releases/sales": [{"commit": "new"}],
            "/api/v2/dags/admin__rollback": {},
            "/api/v2/dags/admin__rollback/dagRuns": {"dag_run_id": "one"},
            RUN: {"state": state},
            f"{RUN}/taskInstances?order_by=start_date": {"task_instances": [TASK]},
            f"{MOVE}/logs/1?map_index=-1": {"content": log},
            f"{MOVE}/xcomEntries/return_value": {"value": "old"},
        }

    def call(self, method: str, path: str, body: Any = None) -> Any:
        self.asked.append(body)
        return self.answers[path]


END = {"event": "::group::Post Execute", "level": "info"}


def test_rollback_returns_the_commit_that_the_task_reports() -> None:
    airflow = Airflow("success", [END])
    assert roll_back(airflow, "sales", "old") == "old"
    assert {"logical_date": None, "conf": {"project": "sales", "commit": "old"}} in airflow.asked


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ([{"event": "x", "level": "info"}, {"event": "sales: no", "level": "error"}, END], "^sales: no$"),
        ([END], "^admin__rollback failed: see its log in http://127.0.0.1:1$"),
    ],
)
def test_the_error_of_a_failed_run_is_its_first_logged_error(log: list[dict[str, str]], said: str) -> None:
    with pytest.raises(OpsError, match=said):
        roll_back(Airflow("failed", log), "sales", None)


def test_a_log_is_read_until_its_end_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ops.airflow.api.POLL_SECONDS", 0.01)
    airflow = Airflow("failed", [])
    late = iter([[], [{"event": "sales: no", "level": "error"}], [{"event": "sales: no", "level": "error"}, END]])
    ask = airflow.call
    monkeypatch.setattr(
        airflow, "call", lambda *what: {"content": next(late)} if what[1].startswith(f"{MOVE}/logs") else ask(*what)
    )
    with pytest.raises(OpsError, match=r"^sales: no$"):
        roll_back(airflow, "sales", None)
    assert next(late, None) is None


def test_the_log_of_a_killed_task_is_returned_without_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.airflow.api.LOG_SECONDS", 0)
    with pytest.raises(OpsError, match="failed: see its log in"):
        roll_back(Airflow("failed", []), "sales", None)


def test_a_release_is_printed_as_it_is() -> None:
    output = StringIO()
    print_releases([{"commit": "[bold]1", "current": True}], Console(file=output))
    assert "[bold]1" in output.getvalue()
