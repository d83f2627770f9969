"""The request that a project's CI sends after a merge, with the script in its repository."""

import json
import os
import subprocess
import sys
from pathlib import Path

from instance import ROOT
from pytest_httpserver import HTTPServer
from webhook_service import COMMIT, PASSWORD, REPOSITORY, SECRET, Webhook, push, requested_runs


def notify(webhook: Webhook, event: Path, secrets: str) -> subprocess.CompletedProcess[str]:
    event.write_text(json.dumps(push(), indent=2))  # formatted as on GitHub's runners
    environment = {"WEBHOOK_URL": f"{webhook.url}/github", "GITHUB_EVENT_PATH": str(event), "NO_PROXY": "127.0.0.1"}
    command = [sys.executable, str(ROOT / "templates/project/scripts/notify_webhook.py")]
    return subprocess.run(
        command, env={**os.environ, **environment}, input=secrets, capture_output=True, text=True, check=False
    )


def test_a_merge_starts_the_import_of_the_projects_repository(
    webhook: Webhook, airflow_api: HTTPServer, tmp_path: Path
) -> None:
    done = notify(webhook, tmp_path / "event.json", f"{SECRET}\nthe-secret-before-this-one\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["outcome"] == "triggered"
    (run,) = requested_runs(airflow_api)
    assert run["conf"] == {"repository": REPOSITORY, "commit": COMMIT}


def test_a_wrong_secret_fails_the_job(webhook: Webhook, airflow_api: HTTPServer, tmp_path: Path) -> None:
    done = notify(webhook, tmp_path / "event.json", PASSWORD)
    assert done.returncode == 1
    assert done.stderr.startswith("the webhook answers 401: ")
    assert not airflow_api.log
