"""The webhook with a real Airflow, as a user with the least permissions."""

from collections.abc import Iterator

import pytest
from instance import ApiError, Instance
from runs import eventually, known
from webhook_service import COMMIT, PASSWORD, REPOSITORY, Webhook, encode, push, running

DAG = "admin__import_dags"
# The permissions of the webhook's user: docs/how-to/webhook.md.
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


def test_a_push_starts_one_run_of_import_dags_and_its_replay_starts_none(beside: Webhook, airflow: Instance) -> None:
    body = encode(push())
    status, answer = beside.deliver(body)
    assert status == 202, beside.log[-1]
    run = airflow.api("GET", f"/api/v2/dags/{DAG}/dagRuns/{answer['run']}")
    assert run["conf"]["repository"] == REPOSITORY
    assert run["conf"]["commit"] == COMMIT
    assert run["triggering_user_name"] == "webhook"
    assert beside.deliver(body) == (200, answer | {"outcome": "already", "reason": "Airflow has a run for this push"})


def test_the_webhooks_user_has_no_other_permission(beside: Webhook, airflow: Instance) -> None:
    airflow.token("webhook", PASSWORD)
    for method, path, body in (
        ("GET", "/api/v2/connections", None),
        ("GET", f"/api/v2/dags/{DAG}/dagRuns", None),
        ("POST", "/api/v2/dags/tutorial__classic/dagRuns", {"logical_date": None}),
    ):
        with pytest.raises(ApiError, match="403"):
            airflow.api(method, path, body, user="webhook")
