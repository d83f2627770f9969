"""Messages to Slack, and the handling of a Slack outage."""

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, unquote

import pytest
from airflow.sdk import DAG
from airflow.sdk.log import mask_secret
from airflow_on_aws.slack import Notifier, notify_critical, notify_failure, notify_success
from pytest_httpserver import HTTPServer
from runs import eventually
from secrets_and_slack import KEY, Outcome

URL = "http://airflow.example.org/dags/weather__daily/runs/one/tasks/load?try_number=2"


@pytest.fixture
def slack(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    connection = {"conn_type": "slackwebhook", "password": httpserver.url_for("/hook")}
    monkeypatch.setenv("AIRFLOW_CONN_SLACK", json.dumps(connection))
    return httpserver


@pytest.fixture
def listening(slack: HTTPServer) -> HTTPServer:
    slack.expect_request("/hook").respond_with_data("ok")
    return slack


def context(**more: Any) -> dict[str, Any]:
    """Return the part of a task callback's context that is used."""
    ti = SimpleNamespace(task_id="load", try_number=2, map_index=-1, log_url=URL)
    return {"dag": DAG("weather__daily", schedule=None), "ti": ti, "run_id": "one", "exception": None} | more


def message(server: HTTPServer) -> str:
    """Return the only message that Slack received."""
    ((request, _),) = server.log
    return str(request.json["text"])


@pytest.mark.parametrize(
    ("callback", "begins"),
    [
        (notify_success(), "*Success*\n"),
        (notify_failure(), "*Failure*\n"),
        (notify_critical(), "<!channel> *Critical failure*\n"),
        (notify_critical(mention="!subteam^S01"), "<!subteam^S01> *Critical failure*\n"),
    ],
    ids=["success", "failure", "critical", "critical for a group"],
)
def test_a_message_names_the_event_and_its_task(listening: HTTPServer, callback: Notifier, begins: str) -> None:
    callback(context())
    text = message(listening)
    assert text.startswith(begins)
    assert text.endswith(f"DAG: `weather__daily`\nRun: `one`\nTask: `load`\nTry: `2`\n<{URL}|Log>")


def test_an_exception_is_its_first_line_without_mentions_and_secrets(listening: HTTPServer) -> None:
    mask_secret(KEY)
    notify_failure()(context(exception=ValueError(f"<!channel> {{{{ x }}}} `{KEY}`\nand more")))
    assert "Error: `ValueError: &lt;!channel&gt; {{ x }} '***'`\n" in message(listening)


def test_one_callback_can_be_used_by_several_tasks(listening: HTTPServer) -> None:
    callback = notify_success()
    callback(context())
    callback(context(run_id="two"))
    assert [
        f"Run: `{run}`" in request.json["text"] for run, (request, _) in zip(("one", "two"), listening.log, strict=True)
    ]


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_of_slack_is_one_warning_in_the_log(
    slack: HTTPServer, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    slack.expect_request("/hook").respond_with_data("no_service", status=status)
    notify_failure()(context())
    lines = [line for line in capsys.readouterr().out.splitlines() if "werkzeug" not in line]
    assert len(lines) == 1
    assert (
        f"Slack was not notified of this failure: AirflowException: Response body: 'no_service', Status Code: {status}"
        in lines[0]
    )
    assert "check the connection 'slack'" in lines[0]


def test_in_a_run_a_failing_task_and_its_dag_both_notify_slack(outcome: Outcome) -> None:
    run_id = unquote(outcome.runs["hooks__secrets"].path.rpartition("/")[2])
    task = outcome.message("*Failure*")
    assert f"DAG: `hooks__secrets`\nRun: `{run_id}`\nTask: `failing`\nTry: `1`\nError: `ValueError: " in task
    assert f"<{outcome.airflow.url}/dags/hooks__secrets/runs/{quote(run_id)}/tasks/failing?try_number=1|Log>" in task
    assert KEY not in task
    dag = outcome.message("*Critical failure*")
    assert dag.startswith("<!subteam^S01> ")
    assert "Reason: `task_failure`" in dag


def test_in_a_run_a_slack_outage_fails_no_task(outcome: Outcome) -> None:
    assert outcome.tasks("hooks__slack") == {"working": ("success", 1)}
    line = "Slack was not notified of this success"  # from after the task's success
    eventually(lambda: line in outcome.log("hooks__slack", "working") or None, "the line in the log")
    assert "DAG: `hooks__slack`\n" in outcome.message("*Success*")
