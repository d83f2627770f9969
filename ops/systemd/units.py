"""Services with the same commands and health checks as the containers on ECS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from modules.container import STOP_SECONDS
from modules.platform import components
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

    def component(source: components.Component, *secrets: str, writes: Sequence[str] = ()) -> Unit:
        return Unit(
            name=f"airflow-{source.name}",
            command=("airflow", *source.command),
            secrets=("core", *secrets),
            health=source.health.command,
            wait_for=components.AWAIT_MIGRATION,
            writes=writes,
        )

    return [
        Unit(name="airflow-migrate", command=components.MIGRATE, secrets=("core", "admin"), once=True),
        component(components.API_SERVER, "sessions", "tokens"),
        # With the local executor tasks run in the scheduler, also those that deliver projects.
        component(
            components.SCHEDULER,
            "sessions",
            "tokens",
            "broker" if celery else "tasks",
            writes=() if celery else projects,
        ),
        component(components.DAG_PROCESSOR),
        component(components.TRIGGERER, "sessions"),
        Unit(
            name="airflow-worker",
            command=("airflow", *components.WORKER.command),
            secrets=("sessions", "broker", "tasks"),
            health=components.WORKER.health.command,
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
