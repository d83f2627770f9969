"""Requests of GitHub, and their outcome."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from webhook_service import (
    COMMIT,
    PASSWORD,
    REPOSITORY,
    SECRET,
    Webhook,
    command,
    encode,
    push,
    requested_runs,
    running,
    signature,
    variables,
)


def test_a_signed_push_triggers_the_import_of_its_repository_and_no_other(
    webhook: Webhook, airflow_api: HTTPServer
) -> None:
    status, answer = webhook.deliver(encode(push()))
    assert (status, answer["outcome"]) == (202, "triggered")
    (run,) = requested_runs(airflow_api)
    assert run["conf"] == {"repository": REPOSITORY, "commit": COMMIT}
    assert run["dag_run_id"] == answer["run"]


def test_the_run_id_depends_on_the_push_not_on_the_delivery_id(webhook: Webhook, airflow_api: HTTPServer) -> None:
    body = encode(push())
    webhook.deliver(body)
    airflow_api.clear_all_handlers()
    airflow_api.expect_request("/api/v2/dags/admin__import_dags/dagRuns").respond_with_json({}, status=409)
    assert webhook.deliver(body)[0] == 200
    first, second = requested_runs(airflow_api)
    assert first["dag_run_id"] == second["dag_run_id"]
    assert webhook.log[-1]["message"] == "already"


@pytest.mark.parametrize(
    ("event", "body", "outcome"),
    [
        ("ping", {"zen": "Keep it logically awesome."}, "pong"),
        ("issues", {"action": "opened"}, "ignored"),
        ("push", push(ref="refs/tags/v1"), "ignored"),
        ("push", push(deleted=True, after="0" * 40), "ignored"),
        ("push", push(ref="refs/heads/feature"), "ignored"),
    ],
    ids=["ping", "another event", "a tag", "a deleted branch", "a branch that is not registered"],
)
def test_an_event_with_nothing_to_import_is_ignored(
    webhook: Webhook, airflow_api: HTTPServer, event: str, body: dict[str, Any], outcome: str
) -> None:
    status, answer = webhook.deliver(encode(body), event=event)
    assert (status, answer["outcome"]) == (200, outcome)
    assert not airflow_api.log


def test_a_push_to_an_unregistered_repository_triggers_import_dags(webhook: Webhook, airflow_api: HTTPServer) -> None:
    other = "https://github.com/example/unknown.git"
    event = push(ref="refs/heads/any")
    event["repository"]["clone_url"] = other
    assert webhook.deliver(encode(event))[0] == 202
    assert requested_runs(airflow_api)[0]["conf"]["repository"] == other


@pytest.mark.parametrize(
    ("secret", "headers", "reason"),
    [
        ("another-secret-than-ours", {}, "the signature does not match a secret"),
        (None, {}, "no X-Hub-Signature-256"),
        (None, {"X-Hub-Signature-256": "sha256=zz"}, "no X-Hub-Signature-256"),
        (None, {"X-Hub-Signature": "sha1=" + "0" * 40}, "no X-Hub-Signature-256"),
    ],
    ids=["wrong", "none", "not one", "SHA-1 only"],
)
def test_a_request_without_a_valid_signature_is_refused_with_one_log_line(
    webhook: Webhook, airflow_api: HTTPServer, secret: str | None, headers: dict[str, str], reason: str
) -> None:
    before = len(webhook.log)
    assert webhook.deliver(encode(push()), secret=secret, **headers)[0] == 401
    (line,) = webhook.log[before:]
    assert (line["level"], line["status"]) == ("warning", 401)
    assert line["reason"].startswith(reason)
    assert not airflow_api.log


def test_a_single_changed_byte_is_refused(webhook: Webhook) -> None:
    body = encode(push())
    assert webhook.deliver(body + b" ", secret=None, **{"X-Hub-Signature-256": signature(body, SECRET)})[0] == 401


def test_an_old_replay_is_refused_even_if_airflow_has_deleted_its_run(
    webhook: Webhook, airflow_api: HTTPServer
) -> None:
    event = push()
    event["repository"]["pushed_at"] = int(time.time()) - 5 * 24 * 3600
    assert webhook.deliver(encode(event))[0] == 409
    assert not airflow_api.log


@pytest.mark.parametrize(
    "body",
    [b"payload=%7B%7D", b"[]", b'{"ref": "refs/heads/main"}', encode(push(after="HEAD"))],
    ids=["not JSON", "a list", "half a push", "no commit"],
)
def test_a_signed_body_that_is_not_a_push_is_a_bad_request(webhook: Webhook, body: bytes) -> None:
    status, answer = webhook.deliver(body)
    assert status == 400
    assert answer["reason"]


@pytest.mark.parametrize("body", [b" " * 5_000_001, [b" " * 1_000_000] * 6], ids=["announced", "in pieces"])
def test_a_body_longer_than_any_push_is_refused(webhook: Webhook, body: bytes | list[bytes]) -> None:
    signed = {"X-Hub-Signature-256": signature(b"anything", SECRET)}
    assert webhook.deliver(body, secret=None, **signed)[0] == 413


def test_an_expired_token_is_renewed(webhook: Webhook, airflow_api: HTTPServer) -> None:
    webhook.deliver(encode(push()))  # the first request gets a token
    airflow_api.clear()
    airflow_api.expect_request("/auth/token").respond_with_json({"access_token": "renewed"}, status=201)
    path = "/api/v2/dags/admin__import_dags/dagRuns"
    airflow_api.expect_request(path, headers={"Authorization": "Bearer renewed"}).respond_with_json({})
    airflow_api.expect_request(path).respond_with_json({}, status=401)
    assert webhook.deliver(encode(push()))[0] == 202
    assert [request.path for request, _ in airflow_api.log] == [path, "/auth/token", path]


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "rejects the sign-in of user 'webhook'"), (403, "may not"), (404, "no DAG"), (500, "500")],
)
def test_a_failed_trigger_is_an_error_for_github_and_its_reason_is_logged(
    webhook: Webhook, httpserver: HTTPServer, status: int, reason: str
) -> None:
    httpserver.expect_request("/auth/token").respond_with_json(
        {"access_token": "any"}, status=201 if status != 401 else 401
    )
    httpserver.expect_request("/api/v2/dags/admin__import_dags/dagRuns").respond_with_json({}, status=status)
    assert webhook.deliver(encode(push())) == (503, {"outcome": "failed", "reason": "see the webhook's log"})
    assert reason in webhook.log[-1]["reason"]


def test_an_airflow_outage_fails_the_delivery_but_not_the_service(tmp_path: Path) -> None:
    with running(tmp_path, "http://127.0.0.1:9") as lonely:
        assert lonely.deliver(encode(push()))[0] == 503
        assert "Airflow at http://127.0.0.1:9 does not answer" in lonely.log[-1]["reason"]
        assert lonely.health() == 200


def test_no_secret_is_in_the_log_or_the_process_list(webhook: Webhook, airflow_api: HTTPServer) -> None:
    webhook.deliver(encode(push()))
    webhook.deliver(encode(push()), secret=PASSWORD)
    seen = json.dumps(webhook.log) + Path(f"/proc/{webhook.process.pid}/cmdline").read_text()
    seen += Path(f"/proc/{webhook.process.pid}/environ").read_text()
    for secret in (SECRET, PASSWORD, "token-of-the-webhook"):
        assert secret not in seen


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"WEBHOOK_AIRFLOW_USER": ""}, "WEBHOOK_AIRFLOW_USER is not set"),
        ({"WEBHOOK_AIRFLOW_URL": "airflow:8080"}, "WEBHOOK_AIRFLOW_URL"),
        ({"WEBHOOK_SECRETS_FILE": "/nowhere"}, "/nowhere cannot be read"),
        ({"WEBHOOK_SECRETS_FILE": "", "WEBHOOK_SECRETS": "short"}, "shorter than 16 characters"),
    ],
    ids=["no user", "no URL", "no file", "a weak secret"],
)
def test_an_invalid_setting_is_reported_on_one_line_and_the_service_does_not_start(
    tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    done = command(variables(tmp_path, "http://127.0.0.1:9") | changes)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert complaint in done.stderr
