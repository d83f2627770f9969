"""Services with the same commands and health checks as the containers on ECS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modules.container import STOP_SECONDS
from modules.platform.components import (
    API_SERVER,
    AWAIT_MIGRATION,
    DAG_PROCESSOR,
    MIGRATE,
    SCHEDULER,
    TRIGGERER,
    WORKER,
    Component,
)
from modules.settings import AIRFLOW_HOME, projects_folder

ExecutorName = Literal["local", "celery"]
WORKER_STOP_SECONDS = 3600  # time for a stopping worker to finish its tasks


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A service. ``secrets`` are files in /etc/airflow, without ``.env``; each service reads only the files that it needs."""

    name: str
    command: Sequence[str]
    secrets: Sequence[str]
    health: str = ""
    wait_for: Sequence[str] = ()
    writes: Sequence[str] = ()
    once: bool = False
    stop_seconds: int = STOP_SECONDS

    @property
    def short_name(self) -> str:
        """Name of the service in the names of its logs."""
        return self.name.removeprefix("airflow-")


def service_units(executor: ExecutorName) -> list[Unit]:
    """Return all services; the operator of a machine enables some of them."""
    projects = (projects_folder(AIRFLOW_HOME),)
    celery = executor == "celery"

    def component(source: Component, *secrets: str, writes: Sequence[str] = ()) -> Unit:
        return Unit(
            name=f"airflow-{source.name}",
            command=("airflow", *source.command),
            secrets=("core", *secrets),
            health=source.health.command,
            wait_for=AWAIT_MIGRATION,
            writes=writes,
        )

    return [
        Unit(name="airflow-migrate", command=MIGRATE, secrets=("core", "admin"), once=True),
        component(API_SERVER, "sessions", "tokens"),
        # With the local executor tasks run in the scheduler, also those that deliver projects.
        component(SCHEDULER, "sessions", "tokens", "broker" if celery else "tasks", writes=() if celery else projects),
        component(DAG_PROCESSOR),
        component(TRIGGERER, "sessions"),
        Unit(
            name="airflow-worker",
            command=("airflow", *WORKER.command),
            secrets=("sessions", "broker", "tasks"),
            health=WORKER.health.command,
            writes=projects,
            stop_seconds=WORKER_STOP_SECONDS,
        ),
        Unit(
            name="airflow-flower",
            command=("airflow", "celery", "flower", "--hostname", "127.0.0.1"),
            secrets=("broker", "flower"),
            health="curl --fail --silent http://localhost:5555/healthcheck",
        ),
        Unit(
            name="airflow-webhook",
            command=("python", "-m", "webhook"),
            secrets=("webhook",),
            health="curl --fail --silent http://localhost:8090/health",
        ),
    ]
