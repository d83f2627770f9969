"""The repository of a new project; tests/airflow/dags/test_template.py runs it with Airflow."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.projects.repository import BRANCH, Answers, project_of, render_working_tree
from tests.checkout import ROOT


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "air-quality-workflows"
    render_working_tree(folder, Answers("air-quality", "air-team@example.org", "3.3.2"))
    return folder


def test_no_template_syntax_remains(made: Path) -> None:
    files = [path for path in made.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if path.suffix == ".jinja" or re.search(r"\[\[ |\[% ", path.read_text())] == []
    assert project_of(made) == "air-quality"


@pytest.mark.parametrize("command", [["ruff", "format", "--check", "."], ["ruff", "check", "."]])
def test_its_own_checks_pass(made: Path, command: list[str]) -> None:
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_its_workflows_are_valid(made: Path) -> None:
    files = [str(path) for path in (made / ".github/workflows").iterdir()]
    assert len(files) == 2
    command = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def workflows(made: Path) -> dict[str, Any]:
    """Parsed workflows by name; YAML parses GitHub's key `on` as true."""
    found = {path.stem: yaml.safe_load(path.read_text()) for path in (made / ".github/workflows").iterdir()}
    return {name: {"on" if key is True else key: value for key, value in one.items()} for name, one in found.items()}


def test_pull_requests_and_pushes_are_checked_and_a_push_notifies_the_platform(
    workflows: dict[str, Any],
) -> None:
    check, deliver = workflows["check"], workflows["deliver"]
    assert check["on"] == {"pull_request": None, "workflow_call": None}
    assert deliver["on"] == {"push": {"branches": [BRANCH]}}
    assert deliver["jobs"]["check"] == {"uses": "./.github/workflows/check.yml"}
    assert deliver["jobs"]["deliver"]["needs"] == "check"


def test_the_workflows_run_these_commands(workflows: dict[str, Any]) -> None:
    run = {
        name: [step["run"] for step in workflows[name]["jobs"][name]["steps"] if "run" in step]
        for name in ("check", "deliver")
    }
    assert run["check"] == [
        "pip install --requirement requirements-check.txt",
        "pip install --requirement requirements-dev.txt --constraint "
        "https://raw.githubusercontent.com/apache/airflow/constraints-3.3.2/constraints-3.12.txt",
        "ruff format --check .",
        "ruff check .",
        "pytest",
    ]
    assert run["deliver"] == [
        'aws secretsmanager get-secret-value --secret-id "$SECRET" --query SecretString --output text '
        "| python3 scripts/notify_webhook.py"
    ]


def test_the_tests_find_the_platforms_checks(workflows: dict[str, Any]) -> None:
    *_, platform, tests = workflows["check"]["jobs"]["check"]["steps"]
    assert (platform["if"], tests["run"]) == ("vars.AIRFLOW_PLATFORM_REPOSITORY != ''", "pytest")
    there = f"{platform['with']['path']}/{platform['with']['sparse-checkout']}"
    assert tests["env"] == {"PYTHONPATH": f"${{{{ github.workspace }}}}/{there}"}
    assert (ROOT / platform["with"]["sparse-checkout"] / "airflow_on_aws/dag_rules/checks.py").exists()


def test_its_tools_have_the_versions_of_our_tests(made: Path) -> None:
    pinned = set(re.findall(r"^\S+==\S+$", (made / "requirements-check.txt").read_text(), re.MULTILINE))
    with_airflow = (ROOT / "airflow/requirements-test.txt").read_text()
    assert pinned == {f"ruff=={version('ruff')}", *re.findall(r"^pytest==\S+$", with_airflow, re.MULTILINE)}


def test_only_the_job_deliver_may_request_a_token(workflows: dict[str, Any]) -> None:
    assert [one["permissions"] for one in workflows.values()] == [{"contents": "read"}] * 2
    asking = [
        (name, job) for name, one in workflows.items() for job, what in one["jobs"].items() if "permissions" in what
    ]
    assert asking == [("deliver", "deliver")]
    assert workflows["deliver"]["jobs"]["deliver"]["permissions"] == {"contents": "read", "id-token": "write"}


def test_no_long_lived_key_is_used(made: Path) -> None:
    texts = {path.name: path.read_text() for path in (made / ".github/workflows").iterdir()}
    assert texts.keys() == {"check.yml", "deliver.yml"}
    assert [name for name, text in texts.items() if "secrets." in text] == []


class Webhook(HTTPServer):
    """Records requests."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.received: list[tuple[dict[str, str], bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(({**self.headers}, body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b'{"outcome": "triggered"}')

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; `received` has the requests."""


@pytest.fixture
def webhook(request: pytest.FixtureRequest) -> Iterator[Webhook]:
    server = Webhook(request.param)
    yield server
    server.shutdown()
    server.server_close()


def notify(made: Path, url: str, event: Path, secret: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WEBHOOK_URL": url, "GITHUB_EVENT_PATH": str(event), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, str(made / "scripts/notify_webhook.py")]
    return subprocess.run(command, env=environment, input=secret, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("webhook", [202], indirect=True)
def test_the_webhook_gets_githubs_own_event_signed_with_the_current_secret(
    made: Path, webhook: Webhook, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"ref": "refs/heads/main", "after": "0" * 40}))
    done = notify(made, f"http://127.0.0.1:{webhook.server_port}/github", event, "the-current-one\nthe-one-before\n")
    assert (done.returncode, done.stdout) == (0, '{"outcome": "triggered"}\n')
    ((headers, body),) = webhook.received
    assert body == event.read_bytes()
    expected = hmac.digest(b"the-current-one", body, hashlib.sha256).hex()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert headers["X-Github-Event"] == "push"


@pytest.mark.parametrize("webhook", [401], indirect=True)
def test_a_refusal_of_the_webhook_fails_the_job_with_its_reason(made: Path, webhook: Webhook, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    done = notify(made, f"http://127.0.0.1:{webhook.server_port}/github", event, "secret-of-somebody-else")
    assert (done.returncode, done.stderr) == (1, 'the webhook answers 401: {"outcome": "triggered"}\n')


@pytest.mark.parametrize(
    ("url", "secret", "message"),
    [
        ("http://example.org", "a-secret", "WEBHOOK_URL is 'http://example.org'"),
        ("https://127.0.0.1:1", "", "there is no secret on standard input"),
        ("https://127.0.0.1:1", "a-secret", "the webhook at https://127.0.0.1:1 does not answer"),
    ],
)
def test_an_event_that_cannot_be_sent_is_reported_on_one_line(
    made: Path, url: str, secret: str, message: str, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text("{}")
    done = notify(made, url, event, secret)
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
