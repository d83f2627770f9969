"""The webhook beside a real Airflow, as a user who may do one thing."""

from collections.abc import Iterator

import pytest
from instance import ApiError, Instance
from runs import eventually, known
from webhook_service import COMMIT, PASSWORD, REPOSITORY, Webhook, encode, push, running

DAG = "admin__import_dags"
# All that the user of the webhook needs: docs/how-to/webhook.md.
PERMISSIONS = (("can_create", f"DAG Run:{DAG}"), ("can_edit", f"DAG:{DAG}"))


@pytest.fixture(scope="module")
def beside(airflow: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    actions = [{"action": {"name": action}, "resource": {"name": resource}} for action, resource in PERMISSIONS]
    airflow.api("POST", "/auth/fab/v1/roles", {"name": "Webhook", "actions": actions})
    user = {"username": "webhook", "first_name": "GitHub", "last_name": "webhook", "email": "webhook@example.org"}
    airflow.api("POST", "/auth/fab/v1/users", user | {"password": PASSWORD, "roles": [{"name": "Webhook"}]})
    eventually(lambda: known(airflow, f"{DAG}/details"), f"the DAG {DAG}")
    with running(tmp_path_factory.mktemp("webhook"), airflow.url) as service:
        yield service


def test_a_push_is_a_run_of_import_dags_and_its_replay_is_none(beside: Webhook, airflow: Instance) -> None:
    body = encode(push())
    status, answer = beside.deliver(body)
    assert status == 202, beside.log[-1]
    run = airflow.api("GET", f"/api/v2/dags/{DAG}/dagRuns/{answer['run']}")
    assert run["conf"]["repository"] == REPOSITORY
    assert run["conf"]["commit"] == COMMIT
    assert run["triggering_user_name"] == "webhook"
    assert beside.deliver(body) == (200, answer | {"outcome": "already", "reason": "Airflow has had this push"})


def test_its_user_may_do_nothing_else(beside: Webhook, airflow: Instance) -> None:
    airflow.token("webhook", PASSWORD)
    for method, path, body in (
        ("GET", "/api/v2/connections", None),
        ("GET", f"/api/v2/dags/{DAG}/dagRuns", None),
        ("POST", "/api/v2/dags/tutorial__classic/dagRuns", {"logical_date": None}),
    ):
        with pytest.raises(ApiError, match="403"):
            airflow.api(method, path, body, user="webhook")
