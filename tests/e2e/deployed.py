"""A deployed Airflow, as people and scripts reach it: through the load balancer."""

import json
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

from local_aws import server
from local_aws.patches.launch import CONTAINER_NAME
from ops.airflow.api import PATIENCE_SECONDS
from tests.checkout import Checkout
from tests.e2e.account import eventually

HEALTHY = {"metadatabase", "scheduler", "triggerer", "dag_processor"}


class ApiError(Exception):
    """Airflow's answer, if it is no success."""


@dataclass
class Deployed:
    """The platform of an environment of a checkout, with its containers."""

    checkout: Checkout
    engine: Any
    port: int
    environment: str = "local"

    @classmethod
    def in_checkout(cls, checkout: Checkout, engine: Any, environment: str = "local") -> "Deployed":
        """What `ops demo`, or `cdktf deploy`, has deployed there."""
        local_aws = server.running(checkout.path)
        assert local_aws
        return cls(checkout, engine, local_aws.port, environment)

    @property
    def url(self) -> str:
        """What a browser opens."""
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """The load balancer's name and port; browsers know that `localhost` and what is below it is this machine."""
        return f"airflow-{self.environment}-entry.alb.localhost:{self.port}"

    @cached_property
    def password(self) -> str:
        """The administrator's."""
        secrets = self.checkout.client("secretsmanager")
        return str(secrets.get_secret_value(SecretId=f"airflow-{self.environment}/admin-password")["SecretString"])

    @cached_property
    def token(self) -> str:
        """The administrator's."""
        who = {"username": "admin", "password": self.password}
        return str(self.api("POST", "/auth/token", who, token="")["access_token"])

    def api(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Any:
        """Airflow's answer; raises ApiError, and OSError where nobody answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Host": self.host, "Content-Type": "application/json"},
        )
        if token := self.token if token is None else token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - loopback
                return json.load(answer)
        except HTTPError as error:
            raise ApiError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    def healthy(self) -> bool:
        """Whether Airflow says so of every component."""
        try:
            said = self.api("GET", "/api/v2/monitor/health", token="")
        except (ApiError, URLError, OSError, ValueError):
            return False
        return all(said[name]["status"] == "healthy" for name in HEALTHY)

    def knows(self, dag_id: str) -> bool:
        """Whether Airflow can run it."""
        try:
            self.api("GET", f"/api/v2/dags/{dag_id}/details")
        except ApiError:
            return False
        return True

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> "Run":
        """Starts a DAG as a person does, as soon as Airflow can run it."""
        eventually(lambda: self.knows(dag_id))
        self.api("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})
        began = self.api("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf or {}})
        return Run(self, dag_id, quote(began["dag_run_id"]))

    def containers(self, component: str) -> list[Any]:
        """Those of the engine that run a component."""
        label = f"{CONTAINER_NAME}={component}"
        return list(self.engine.containers.list(filters={"label": label}, ignore_removed=True))


@dataclass
class Run:
    """A run of a DAG."""

    airflow: Deployed
    dag_id: str
    run_id: str

    @property
    def path(self) -> str:
        """Of the API."""
        return f"/api/v2/dags/{self.dag_id}/dagRuns/{self.run_id}"

    @property
    def page(self) -> str:
        """Of the pages."""
        return f"/dags/{self.dag_id}/runs/{self.run_id}"

    def state(self) -> str:
        """Airflow's word for how it goes."""
        return str(self.airflow.api("GET", self.path)["state"])

    def succeeds(self, seconds: float = 240) -> list[dict[str, Any]]:
        """Waits for the end, which must be a success; returns its task instances."""

        def ended() -> str | None:
            try:
                state = self.state()
            except (ApiError, URLError, OSError):  # a component may be being replaced
                return None
            return state if state in ("success", "failed") else None

        state = eventually(ended, seconds)
        tasks = self.tasks()
        assert state == "success", "\n".join(f"{one['task_id']} {one['state']}: {self.log(one)}" for one in tasks)
        return tasks

    def tasks(self) -> list[dict[str, Any]]:
        """Its task instances."""
        return list(self.airflow.api("GET", f"{self.path}/taskInstances")["task_instances"])

    def says(self, task: dict[str, Any], text: str) -> None:
        """Waits for it to be in a task's log, which is stored after the task's state."""
        eventually(lambda: text in self.log(task))

    def log(self, task: dict[str, Any]) -> str:
        """What the page shows of a task's last try."""
        where = f"{self.path}/taskInstances/{task['task_id']}/logs/{max(task['try_number'], 1)}"
        try:
            content = self.airflow.api("GET", f"{where}?map_index={task['map_index']}")["content"]
        except ApiError as error:
            return str(error)
        return "\n".join(str(line.get("event", line)) if isinstance(line, dict) else str(line) for line in content)
