"""The services, with the commands and the health checks that the containers have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from local_aws.ports import LOOPBACK
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
# A worker that is asked to stop finishes its tasks, which may take this long.
WORKER_STOP_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One service. ``secrets`` are files in /etc/airflow, without their ``.env``: each part gets only those it needs."""

    name: str
    command: Sequence[str]
    secrets: Sequence[str]
    health: str = ""
    wait_for: Sequence[str] = ()
    writes: Sequence[str] = ()
    once: bool = False
    stop_seconds: int = STOP_SECONDS

    @property
    def part(self) -> str:
        """What it is called in names of logs."""
        return self.name.removeprefix("airflow-")


def service_units(executor: ExecutorName) -> list[Unit]:
    """All of them; a machine enables those that it is to run."""
    projects = (projects_folder(AIRFLOW_HOME),)
    celery = executor == "celery"

    def component(of: Component, *secrets: str, writes: Sequence[str] = ()) -> Unit:
        return Unit(
            name=f"airflow-{of.name}",
            command=("airflow", *of.command),
            secrets=("core", *secrets),
            health=of.health.command,
            wait_for=AWAIT_MIGRATION,
            writes=writes,
        )

    return [
        Unit(name="airflow-migrate", command=MIGRATE, secrets=("core", "admin"), once=True),
        component(API_SERVER, "sessions", "tokens"),
        # With the local executor tasks run in it, those that deliver projects too.
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
            command=("airflow", "celery", "flower", "--hostname", LOOPBACK),
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
