"""Client of Airflow's REST API."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from ops.errors import OpsError

Result = TypeVar("Result")
POLL_SECONDS = 1.0
# Airflow aborts a request after 110 s; the first request takes longest.
TIMEOUT_SECONDS = 120.0
SIGN_IN = "/auth/token"
HEALTH = "/api/v2/monitor/health"
# Loggers of a DAG's own output: what it prints, and what the module of its file logs; Airflow adds this prefix to that name.
DAG_LOGGERS = ("task.stdout", "unusual_prefix_")
# Last line of a task's log, successful or not, except for lines of its clean-up.
LOG_END = "::group::Post Execute"
LOG_SECONDS = 20.0
HEALTH_COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class ApiError(OpsError):
    """An HTTP response with an error; ``status`` is its HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class NoAnswerError(OpsError):
    """No HTTP response was received."""


@dataclass(frozen=True)
class Task:
    """A finished task of a run; ``lines`` is the output of the DAG's own code, and errors."""

    name: str
    state: str
    lines: list[str]


@dataclass(frozen=True)
class Run:
    """A finished run of a DAG; ``path`` is its path in the API."""

    state: str
    path: str
    tasks: list[Task]


@dataclass
class Api:
    """An Airflow at a URL; ``host`` is the Host header, if it differs from the URL's host."""

    url: str
    password: str = field(repr=False)
    user: str = "admin"
    host: str | None = None
    token: str = field(default="", repr=False)
    """Token of a user who has signed in already; replaces the password."""
    timeout: float = TIMEOUT_SECONDS

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Unpause and trigger a DAG; return the path of the run."""
        self.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        run = self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        return f"/api/v2/dags/{dag_id}/dagRuns/{quote(run['dag_run_id'])}"

    def run(self, dag_id: str, conf: dict[str, Any], seconds: float) -> Run:
        """Trigger a DAG and return the finished run; raises OpsError if it has not finished within ``seconds``."""
        path = self.trigger(dag_id, conf)

        def final_state() -> str | None:
            state = str(self.call("GET", path)["state"])
            return state if state in ("success", "failed") else None

        state = eventually(final_state, f"{dag_id} has not finished", seconds)
        tasks = self.call("GET", f"{path}/taskInstances?order_by=start_date")["task_instances"]
        return Run(state, path, [self._task(path, each) for each in tasks])

    def knows(self, dag_id: str) -> bool | None:
        """Return True if Airflow can run a DAG, None if not yet."""
        try:
            self.call("GET", f"/api/v2/dags/{dag_id}/details")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return True

    def health(self) -> dict[str, str]:
        """Return the state of each component, as Airflow reports it; this needs no password."""
        states = self.call("GET", HEALTH)
        return {name: states.get(name, {}).get("status") or "not seen yet" for name in HEALTH_COMPONENTS}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Return the JSON response, after signing in if necessary; raises ApiError or NoAnswerError."""
        if not self.token and path not in (SIGN_IN, HEALTH):
            credentials = {"username": self.user, "password": self.password}
            sign_in = lambda: self.call("POST", SIGN_IN, credentials)  # noqa: E731
            self.token = eventually(sign_in, "could not sign in to Airflow", self.timeout)["access_token"]
        headers = {"Content-Type": "application/json", **({"Host": self.host} if self.host else {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - our own URL
        try:
            with _opener(self.url).open(request, timeout=self.timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            text = " ".join(error.read().decode(errors="replace").split())[:300]
            raise ApiError(
                f"Airflow at {self.url} answers {error.code} to {method} {path}: {text}", error.code
            ) from None
        except (OSError, ValueError) as error:
            raise NoAnswerError(f"Airflow at {self.url} does not answer ({error}): is it running?") from None

    def _task(self, path: str, instance: dict[str, Any]) -> Task:
        name = instance["rendered_map_index"] or instance["task_id"]
        if not instance["try_number"]:
            return Task(name, str(instance["state"]), [])
        tail = f"{instance['task_id']}/logs/{instance['try_number']}?map_index={instance['map_index']}"
        log = self._log(f"{path}/taskInstances/{tail}")
        own = [
            line for line in log if (line.get("logger") or "").startswith(DAG_LOGGERS) or line.get("level") == "error"
        ]
        return Task(name, str(instance["state"]), [str(line["event"]) for line in own])

    def _log(self, path: str) -> list[dict[str, Any]]:
        """Return the log of a task, complete if possible: its end is stored after the task's state, or never if it was killed."""
        deadline = time.monotonic() + LOG_SECONDS
        while True:
            log: list[dict[str, Any]] = self.call("GET", path)["content"]
            if any(line["event"] == LOG_END for line in log) or time.monotonic() > deadline:
                return log
            time.sleep(POLL_SECONDS)


def eventually(poll: Callable[[], Result | None], otherwise: str, seconds: float) -> Result:
    """Return the first result of ``poll`` that is not None, ignoring NoAnswerError; raises OpsError after ``seconds``."""
    deadline, no_answer = time.monotonic() + seconds, ""
    while time.monotonic() < deadline:
        try:
            if (result := poll()) is not None:
                return result
        except NoAnswerError as error:
            no_answer = f" ({error})"
        time.sleep(POLL_SECONDS)
    raise OpsError(f"{otherwise} within {seconds:.0f} s{no_answer}: look at Airflow's page")


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return an opener that uses no proxy for loopback."""
    direct = url.startswith("http://127.0.0.1:")
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if direct else []))
