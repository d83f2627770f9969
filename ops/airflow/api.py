"""Airflow's REST API, as a person who triggers a DAG and looks at what came of it."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote

from ops.errors import OpsError

Answer = TypeVar("Answer")
POLL_SECONDS = 1.0
# Airflow itself gives up on an answer after 110 s, and its first one takes longest.
PATIENCE_SECONDS = 120.0
SIGN_IN = "/auth/token"
HEALTH = "/api/v2/monitor/health"
# Whose lines are the DAG's own: what it prints, and what the module of its file logs, which Airflow gives such a name.
DAG_LOGGERS = ("task.stdout", "unusual_prefix_")
# What a task logs last of all, however it ends, but for what the one that is over it may still add.
LOG_END = "::group::Post Execute"
LOG_SECONDS = 20.0
HEALTH_COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


class ApiError(OpsError):
    """An answer that is no success; ``status`` is HTTP's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class NoAnswerError(OpsError):
    """Nobody answers."""


@dataclass(frozen=True)
class Task:
    """One task of a run, after its end; ``lines`` is what it printed and logged, and its errors."""

    name: str
    state: str
    lines: list[str]


@dataclass(frozen=True)
class Run:
    """One run of a DAG, after its end; ``path`` is where the API has it."""

    state: str
    path: str
    tasks: list[Task]


@dataclass
class Api:
    """An Airflow at an address; ``host`` is what it is called, where that is not in the address."""

    url: str
    password: str = field(repr=False)
    user: str = "admin"
    host: str | None = None
    token: str = field(default="", repr=False)
    """That of who has signed in already."""

    def run(self, dag_id: str, conf: dict[str, Any], seconds: float) -> Run:
        """Unpauses and triggers a DAG, and returns the run once it has ended; raises OpsError if it has not within ``seconds``."""
        self.call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        began = self.call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})
        path = f"/api/v2/dags/{dag_id}/dagRuns/{quote(began['dag_run_id'])}"

        def state() -> str | None:
            now = str(self.call("GET", path)["state"])
            return now if now in ("success", "failed") else None

        ended = eventually(state, f"{dag_id} has not ended", seconds)
        tasks = self.call("GET", f"{path}/taskInstances?order_by=start_date")["task_instances"]
        return Run(ended, path, [self._task(path, one) for one in tasks])

    def knows(self, dag_id: str) -> bool | None:
        """True as soon as Airflow can run a DAG, None before."""
        try:
            self.call("GET", f"/api/v2/dags/{dag_id}/details")
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return True

    def health(self) -> dict[str, str]:
        """The state of each component, in Airflow's own words; for this nobody has to sign in."""
        states = self.call("GET", HEALTH)
        return {name: states.get(name, {}).get("status") or "not seen yet" for name in HEALTH_COMPONENTS}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer; raises ApiError, and SilenceError where nobody answers."""
        if not self.token and path not in (SIGN_IN, HEALTH):
            credentials = {"username": self.user, "password": self.password}
            signed_in = lambda: self.call("POST", SIGN_IN, credentials)  # noqa: E731
            self.token = eventually(signed_in, "nobody could sign in", PATIENCE_SECONDS)["access_token"]
        headers = {"Content-Type": "application/json", **({"Host": self.host} if self.host else {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - our own URL
        try:
            with _opener(self.url).open(request, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = " ".join(error.read().decode(errors="replace").split())[:300]
            raise ApiError(
                f"Airflow at {self.url} answers {error.code} to {method} {path}: {said}", error.code
            ) from None
        except (OSError, ValueError) as error:
            raise NoAnswerError(f"Airflow at {self.url} does not answer ({error}): is it running?") from None

    def _task(self, path: str, found: dict[str, Any]) -> Task:
        name = found["rendered_map_index"] or found["task_id"]
        if not found["try_number"]:
            return Task(name, str(found["state"]), [])
        tail = f"{found['task_id']}/logs/{found['try_number']}?map_index={found['map_index']}"
        log = self._log(f"{path}/taskInstances/{tail}")
        said = [
            line for line in log if (line.get("logger") or "").startswith(DAG_LOGGERS) or line.get("level") == "error"
        ]
        return Task(name, str(found["state"]), [str(line["event"]) for line in said])

    def _log(self, path: str) -> list[dict[str, Any]]:
        """With its end, which may be stored after the task's state; without, of a task that was killed."""
        until = time.monotonic() + LOG_SECONDS
        while True:
            log: list[dict[str, Any]] = self.call("GET", path)["content"]
            if any(line["event"] == LOG_END for line in log) or time.monotonic() > until:
                return log
            time.sleep(POLL_SECONDS)


def eventually(ask: Callable[[], Answer | None], otherwise: str, seconds: float) -> Answer:
    """The first answer that is one; raises OpsError after ``seconds``. A silence in between is no reason to give up."""
    until, silence = time.monotonic() + seconds, ""
    while time.monotonic() < until:
        try:
            if (answer := ask()) is not None:
                return answer
        except NoAnswerError as error:
            silence = f" ({error})"
        time.sleep(POLL_SECONDS)
    raise OpsError(f"{otherwise} within {seconds:.0f} s{silence}: see Airflow's page")


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Loopback is never asked through a proxy."""
    direct = url.startswith("http://127.0.0.1:")
    return urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if direct else []))
