"""Secrets from 1Password: found and missing fields, and the places where secrets must not appear."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from airflow_on_aws.secrets.onepassword import get_env_vars, get_secret, with_secrets
from pytest_httpserver import HTTPServer
from secrets_and_slack import FIELDS, ITEM, KEY, PASSWORD, PEM, TOKEN, VAULT, Outcome, serve_connect

Connection = Callable[..., None]
SECRETS = (KEY, PASSWORD, TOKEN, *PEM.splitlines())


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Connection:
    def define(name: str = "onepassword", **fields: str) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps({"conn_type": "http", **fields}))

    return define


@pytest.fixture
def connect(httpserver: HTTPServer, connection: Connection) -> HTTPServer:
    connection(host=httpserver.url_for("").rstrip("/"), password=TOKEN)
    return serve_connect(httpserver)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("Team", "R&D", "API_KEY"), KEY),
        ((VAULT, ITEM, "f1"), KEY),
        (("Team", "R&D", "database.PORT"), "5432"),
        (("Team", "R&D", "username"), "bob"),
    ],
    ids=["by name", "by id", "by section", "what is no secret may be short"],
)
def test_a_field_is_found(connect: HTTPServer, where: tuple[str, str, str], value: str) -> None:
    assert get_secret(*where) == value


def test_an_item_provides_variables_named_by_its_labels(connect: HTTPServer) -> None:
    assert get_env_vars("Team", "R&D") == {"username": "bob", "password": PASSWORD, "API_KEY": KEY, "PORT": "5432"}


def test_the_variables_of_connect_are_used_without_a_connection(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_connect(httpserver)
    monkeypatch.setenv("OP_CONNECT_HOST", httpserver.url_for("").rstrip("/"))
    monkeypatch.setenv("OP_CONNECT_TOKEN", TOKEN)
    assert get_secret("Team", "R&D", "API_KEY") == KEY
    with pytest.raises(AirflowFailException, match="no connection 'weather_onepassword'"):
        get_secret("Team", "R&D", "API_KEY", connection="weather_onepassword")


@pytest.mark.parametrize(
    ("where", "remedy"),
    [
        (("Nobody", "R&D", "API_KEY"), "not found; correct the name"),
        (("Team", "R&D 2", "API_KEY"), "not found; correct the name"),
        (("Team", "R&D", "API_KEYS"), "the item has: username, password, "),
        (("Team", "R&D", "empty"), "is empty; give it a value"),
    ],
    ids=["vault", "item", "field", "value"],
)
def test_a_missing_secret_fails_without_retry_on_one_line_that_names_it(
    connect: HTTPServer, where: tuple[str, str, str], remedy: str
) -> None:
    with pytest.raises(AirflowFailException, match=remedy) as error:
        get_secret(*where)
    assert str(error.value).startswith("1Password: vault {!r}, item {!r}, field {!r}: ".format(*where))
    assert "\n" not in str(error.value)


def test_a_rejected_token_fails_without_retry_and_an_outage_may_be_retried(
    httpserver: HTTPServer, connection: Connection
) -> None:
    serve_connect(httpserver)
    connection(host=httpserver.url_for("").rstrip("/"), password=KEY)
    with pytest.raises(AirflowFailException, match="rejected the token"):
        get_secret("Team", "R&D", "API_KEY")
    connection("elsewhere", host="http://127.0.0.1:9", password=TOKEN)
    with pytest.raises(AirflowException, match="does not answer") as error:
        get_secret("Team", "R&D", "API_KEY", connection="elsewhere")
    assert not isinstance(error.value, AirflowFailException)


def test_a_secret_too_short_to_be_masked_is_refused(httpserver: HTTPServer, connection: Connection) -> None:
    pin = {"id": "pin", "type": "CONCEALED", "label": "PIN", "value": "1234"}
    serve_connect(httpserver, [*FIELDS, pin])
    connection(host=httpserver.url_for("").rstrip("/"), password=TOKEN)
    with pytest.raises(AirflowFailException, match="field 'PIN': is too short to be masked"):
        get_secret("Team", "R&D", "PIN")


def test_the_decorator_passes_secrets_and_keeps_the_other_parameters(connect: HTTPServer) -> None:
    @with_secrets(key=("Team", "R&D", "API_KEY"))
    def report(key: str, day: str, *, hour: int = 0) -> tuple[int, str, int]:
        return len(key), day, hour

    assert report("monday", hour=3) == (len(KEY), "monday", 3)
    with pytest.raises(TypeError, match="no parameter token"):
        with_secrets(token=("Team", "R&D", "API_KEY"))(report)


@pytest.mark.parametrize(
    "returned",
    [
        lambda key, pem: key,
        lambda key, pem: {"headers": [{"Authorization": f"Bearer {key}"}]},
        lambda key, pem: (1, pem),
        lambda key, pem: object.__new__(type("Client", (), {"__repr__": lambda self: f"Client({key})"})),
    ],
    ids=["alone", "inside", "of several lines", "in what cannot be stored"],
)
def test_a_function_that_returns_a_secret_fails_without_retry(
    connect: HTTPServer, returned: Callable[..., Any]
) -> None:
    @with_secrets(key=("Team", "R&D", "API_KEY"), pem=("Team", "R&D", "private key"))
    def leaking(key: str, pem: str) -> Any:
        return returned(key, pem)

    with pytest.raises(AirflowFailException, match=r"leaking\(\) returns its secret '(key|pem)'") as error:
        leaking()
    assert KEY not in str(error.value)


def test_in_a_run_a_task_uses_secrets_and_a_missing_secret_is_not_retried(outcome: Outcome) -> None:
    assert outcome.tasks("hooks__secrets") == {
        "careless": ("success", 1),
        "leaking": ("failed", 1),
        "failing": ("failed", 1),
        "missing": ("failed", 1),
    }
    line = "item 'R&D', field 'no such field': 0 fields have that name"
    assert line in outcome.log("hooks__secrets", "missing")


def test_in_a_run_no_xcom_has_a_secret(outcome: Outcome) -> None:
    path = "/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
    found = outcome.airflow.api("GET", path.format(dag_id="hooks__secrets", run_id="~", task_id="~"))["xcom_entries"]
    stored = [outcome.airflow.api("GET", f"{path.format(**one)}/{one['key']}") for one in found]
    assert {one["task_id"] for one in stored} == {"careless"}
    assert {one["key"]: one["value"] for one in stored}["day"] == "monday"
    assert [secret for secret in SECRETS if secret in str(stored)] == []


def test_in_a_run_no_tasks_log_has_a_secret(outcome: Outcome) -> None:
    logs = {task: outcome.log("hooks__secrets", task) for task in outcome.tasks("hooks__secrets")}
    assert "logged *** on monday" in logs["careless"]
    assert [(task, secret) for task, text in logs.items() for secret in SECRETS if secret in text] == []


@pytest.mark.parametrize("component", ["api-server", "dag-processor", "scheduler", "triggerer"])
def test_in_a_run_no_component_prints_a_secret(outcome: Outcome, component: str) -> None:
    printed = outcome.airflow.log(component)
    assert printed
    assert [secret for secret in SECRETS if secret in printed] == []
