"""The webhook as a separate process, and a client that sends requests as GitHub does."""

import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
from company import free_port
from pytest_httpserver import HTTPServer

CODE = Path(__file__).resolve().parents[2] / "airflow"
SECRET = token_hex(32)
PASSWORD = token_hex(16)
REPOSITORY = "https://github.com/example/weather.git"
COMMIT = "c0ffee" * 6 + "c0ff"


def push(**changes: Any) -> dict[str, Any]:
    """Return the relevant part of a push event, as GitHub sends it."""
    repository = {"full_name": "example/weather", "clone_url": REPOSITORY, "pushed_at": int(time.time())}
    event = {"ref": "refs/heads/main", "after": COMMIT, "deleted": False, "repository": repository}
    # Every push is unique.
    return event | {"head_commit": {"id": COMMIT, "message": f"Grüße {uuid.uuid4()}"}} | changes


def encode(event: Any) -> bytes:
    """Encode an event as GitHub does: compact JSON in unescaped UTF-8."""
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def signature(body: bytes, secret: str) -> str:
    """Return the value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class Webhook:
    """The running service."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def deliver(
        self, body: bytes | list[bytes], *, event: str = "push", secret: str | None = SECRET, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """POST a body as GitHub does; return the status and the answer."""
        sent = {"X-GitHub-Event": event, "X-GitHub-Delivery": str(uuid.uuid4()), "Content-Type": "application/json"}
        if isinstance(body, bytes) and secret is not None:
            sent["X-Hub-Signature-256"] = signature(body, secret)
        with httpx.Client(trust_env=False, timeout=20) as client:
            answer = client.post(
                f"{self.url}/github", content=body if isinstance(body, bytes) else iter(body), headers=sent | headers
            )
        return answer.status_code, answer.json()

    def health(self) -> int:
        """Return the status of GET /health."""
        with httpx.Client(trust_env=False, timeout=20) as client:
            return client.get(f"{self.url}/health").status_code

    @property
    def log(self) -> list[dict[str, Any]]:
        """All log lines."""
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines()]

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"


def variables(folder: Path, url: str, **more: str) -> dict[str, str]:
    """Return the service's variables; secrets are in files."""
    folder.joinpath("secrets").write_text(f"{SECRET}\n")
    folder.joinpath("password").write_text(f"{PASSWORD}\n")
    folder.joinpath("projects.csv").write_text(f"project,repository,branch,path\nweather,{REPOSITORY},main\n")
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(CODE / "lib"),
        "NO_PROXY": "127.0.0.1",
        "AIRFLOW_ON_AWS_PROJECTS_CSV": str(folder / "projects.csv"),
        "WEBHOOK_AIRFLOW_URL": url,
        "WEBHOOK_AIRFLOW_USER": "webhook",
        "WEBHOOK_AIRFLOW_PASSWORD_FILE": str(folder / "password"),
        "WEBHOOK_SECRETS_FILE": str(folder / "secrets"),
    } | more


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m webhook …` until it ends."""
    line = [sys.executable, "-m", "webhook", *arguments]
    environment = {"PYTHONPATH": str(CODE / "lib"), **environment}
    return subprocess.run(line, cwd=CODE, env=environment, capture_output=True, text=True, timeout=30, check=False)


@contextlib.contextmanager
def running(folder: Path, airflow_url: str, **more: str) -> Iterator[Webhook]:
    """Run the service on a free port, and wait for its first answer."""
    port = free_port()
    environment = variables(folder, airflow_url, WEBHOOK_PORT=str(port), **more)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "webhook"], cwd=CODE, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    webhook = Webhook(f"http://127.0.0.1:{port}", folder, process)
    try:
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.05)
        yield webhook
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def requested_runs(server: HTTPServer) -> list[dict[str, Any]]:
    """Return the runs that were requested from Airflow."""
    return [request.json for request, _ in server.log if request.path.endswith("/dagRuns")]
