"""A running Airflow for tests."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"


class ApiError(Exception):
    """Response with a status other than 2xx."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status


@dataclass
class Instance:
    """An Airflow that `ops airflow start` has started."""

    home: Path
    url: str
    password: str
    environment: dict[str, str]
    _tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, home: Path) -> "Instance":
        """Start a new Airflow; it takes about 20 s."""
        ops("airflow", "start", "--home", str(home))
        kept = json.loads((home / "kept.json").read_text())
        code = "import json, sys; from pathlib import Path; from ops.airflow import environment, home;"
        code += "print(json.dumps(environment.airflow_environment(home.AirflowHome(Path(sys.argv[1])))))"
        printed = subprocess.run([PYTHON, "-c", code, home], cwd=ROOT, capture_output=True, text=True, check=True)
        return cls(home, f"http://127.0.0.1:{kept['page_port']}", kept["admin_password"], json.loads(printed.stdout))

    def token(self, user: str = "admin", password: str | None = None) -> str:
        """Return a token for the REST API."""
        if user not in self._tokens:
            credentials = {"username": user, "password": password or self.password}
            self._tokens[user] = self._request("POST", "/auth/token", credentials, {})["access_token"]
        return self._tokens[user]

    def api(self, method: str, path: str, body: Any = None, *, user: str = "admin") -> Any:
        """Call the REST API; `path` begins with /api/v2 or /auth. Raises ApiError."""
        return self._request(method, path, body, {"Authorization": f"Bearer {self.token(user)}"})

    def cli(self, *arguments: str, code: int = 0) -> str:
        """Run an `airflow` command with access to the database; return its output."""
        command = [ROOT / ".venv-airflow/bin/airflow", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=self.home, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def log(self, component: str) -> str:
        """Return a component's output: api-server, scheduler, dag-processor or triggerer."""
        return (self.home / "logs" / f"{component}.log").read_text()

    def _request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - always our own URL
            self.url + path, data, {"Content-Type": "application/json", **headers}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, error.read().decode()) from None
        return json.loads(text) if text else None


def stop(home: Path) -> None:
    """Stop and delete an Instance, even if it has started only in part."""
    ops("airflow", "stop", "--delete", "--home", str(home))


def ops(*arguments: str) -> str:
    """Run `ops …` and return its output."""
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(
        [PYTHON, "-m", "fast_synth", "-m", "ops", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
    return done.stdout
