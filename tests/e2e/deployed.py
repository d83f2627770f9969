"""A deployed Airflow, reached through its load balancer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from local_aws import server
from local_aws.patches.launch import CONTAINER_NAME
from ops.airflow.api import Api
from ops.errors import OpsError
from tests.checkout import Checkout
from tests.e2e.account import eventually


@dataclass
class Deployed:
    """The platform of an environment in a checkout, with its containers."""

    checkout: Checkout
    engine: Any
    port: int
    environment: str = "local"

    @classmethod
    def in_checkout(cls, checkout: Checkout, engine: Any, environment: str = "local") -> "Deployed":
        """The platform that `ops demo` or `cdktf deploy` has deployed."""
        local_aws = server.running(checkout.path)
        assert local_aws
        return cls(checkout, engine, local_aws.port, environment)

    @property
    def url(self) -> str:
        """The URL for a browser."""
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        """Name and port of the load balancer; only browsers resolve names below `localhost`."""
        return f"airflow-{self.environment}-entry.alb.localhost:{self.port}"

    @cached_property
    def password(self) -> str:
        """Password of the user `admin`."""
        secrets = self.checkout.client("secretsmanager")
        return str(secrets.get_secret_value(SecretId=f"airflow-{self.environment}/admin-password")["SecretString"])

    @cached_property
    def api(self) -> Api:
        """API client of the user `admin`."""
        return Api(f"http://127.0.0.1:{self.port}", self.password, host=self.host)

    def get(self, path: str) -> Any:
        """Response of the API to a GET request."""
        return self.api.call("GET", path)

    def healthy(self) -> bool:
        """Return whether Airflow reports every component as healthy."""
        try:
            return set(self.api.health().values()) == {"healthy"}
        except OpsError:
            return False

    def knows(self, dag_id: str) -> bool:
        """Return whether Airflow can run a DAG."""
        try:
            return bool(self.api.knows(dag_id))
        except OpsError:
            return False

    def trigger(self, dag_id: str, conf: dict[str, Any] | None = None) -> "Run":
        """Trigger a DAG, as soon as Airflow can run it."""
        eventually(lambda: self.knows(dag_id))
        return Run(self, self.api.trigger(dag_id, conf or {}))

    def containers(self, component: str) -> list[Any]:
        """The engine's containers of a component."""
        label = f"{CONTAINER_NAME}={component}"
        return list(self.engine.containers.list(filters={"label": label}, ignore_removed=True))


@dataclass
class Run:
    """A run of a DAG; ``path`` is its path in the API."""

    airflow: Deployed
    path: str

    @property
    def id(self) -> str:
        """Airflow's id of the run."""
        return unquote(self.path.rpartition("/")[2])

    @property
    def page(self) -> str:
        """Path of the run's page."""
        return self.path.removeprefix("/api/v2").replace("/dagRuns/", "/runs/")

    def state(self) -> str:
        """State of the run."""
        return str(self.airflow.get(self.path)["state"])

    def succeeds(self, seconds: float = 240) -> list[dict[str, Any]]:
        """Wait for the end of the run, assert its success, and return its task instances."""

        def final_state() -> str | None:
            try:
                state = self.state()
            except OpsError:  # a component may be restarting
                return None
            return state if state in ("success", "failed") else None

        state = eventually(final_state, seconds)
        tasks = self.tasks()
        assert state == "success", "\n".join(f"{each['task_id']} {each['state']}: {self.log(each)}" for each in tasks)
        return tasks

    def tasks(self) -> list[dict[str, Any]]:
        """Its task instances."""
        return list(self.airflow.get(f"{self.path}/taskInstances")["task_instances"])

    def says(self, task: dict[str, Any], text: str) -> None:
        """Wait for a text in a task's log, which is stored later than the task's state."""
        eventually(lambda: text in self.log(task))

    def log(self, task: dict[str, Any]) -> str:
        """Log of a task's last try, as its page shows it."""
        log = f"{self.path}/taskInstances/{task['task_id']}/logs/{max(task['try_number'], 1)}"
        try:
            content = self.airflow.get(f"{log}?map_index={task['map_index']}")["content"]
        except OpsError as error:
            return str(error)
        return "\n".join(str(line.get("event", line)) if isinstance(line, dict) else str(line) for line in content)
