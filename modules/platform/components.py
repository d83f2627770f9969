"""Airflow 3's components as values: command, health check, port and size."""

import shlex
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules.config import Config, Cpu, TaskSize
from modules.container import HealthCheck

API_PORT = 8080
SCHEDULER_HEALTH_PORT = 8974
FLOWER_PORT = 5555
# User with which the admin DAGs call Airflow's API.
SERVICE_ACCOUNT = "admin-dags"

ComponentName = Literal[
    "api-server", "scheduler", "dag-processor", "triggerer", "worker", "flower", "broker", "database"
]


class ComponentConfig(TaskSize):
    """Size of a component, and the number of its tasks."""

    count: Annotated[int, Field(ge=1, le=10)] = 1


class ApiServerConfig(TaskSize):
    """Size of the api-server, which scales by CPU between ``min_count`` and ``max_count``."""

    cpu: Cpu = 1024
    # Airflow 3's api-server is killed for memory at 2 GB.
    memory: int = 4096
    min_count: Annotated[int, Field(ge=1, le=20)] = 2
    max_count: Annotated[int, Field(ge=1, le=20)] = 4
    cpu_target: Annotated[int, Field(ge=10, le=90)] = 60
    """The average CPU, in percent, that autoscaling aims at."""

    @model_validator(mode="after")
    def _counts_fit(self) -> "ApiServerConfig":
        if self.max_count < self.min_count:
            raise ValueError(f"max_count = {self.max_count} is below min_count = {self.min_count}; raise max_count")
        return self


class SchedulerConfig(ComponentConfig):
    """Two by default: a scheduler keeps running while the other is replaced or lost with its zone."""

    cpu: Cpu = 1024
    memory: int = 2048
    count: Annotated[int, Field(ge=1, le=10)] = 2


class DagProcessorConfig(ComponentConfig):
    """Size of the dag-processor, which parses every project's files."""

    cpu: Cpu = 1024
    memory: int = 2048


class ComponentsConfig(Config):
    """Sizes of the four components; a missing field keeps the component's default."""

    api_server: ApiServerConfig = ApiServerConfig()
    scheduler: SchedulerConfig = SchedulerConfig()
    dag_processor: DagProcessorConfig = DagProcessorConfig()
    triggerer: ComponentConfig = ComponentConfig()


@dataclass(frozen=True)
class Component:
    """A component: its command and health check."""

    name: ComponentName
    command: tuple[str, ...]
    health: HealthCheck
    port: int | None = None
    alone: bool = False
    """Two tasks would write the same files: the old task is stopped before the new task starts."""
    drains: bool = False
    """An old task drains first, which can take hours: no deploy waits for that."""


def _has(module: str) -> str:
    """Return a shell condition: this repository's code is in the image. The official image, which runs before the first push, lacks it."""
    return f'[ -e "$PYTHONPATH/airflow_on_aws/{module}.py" ]'


def _job_alive(job: str) -> HealthCheck:
    # Airflow's own command starts a whole Airflow: probe seldom, with a long timeout. --local: the job of this host.
    return HealthCheck(
        f"if {_has('database/job_check')}; then python -m airflow_on_aws.database.job_check {job};"
        f" else airflow jobs check --job-type {job} --local; fi || exit 1",
        interval=30,
        timeout=50,
        retries=6,
        start_period=180,
    )


API_SERVER = Component(
    "api-server",
    ("api-server", "--proxy-headers"),
    HealthCheck(f"curl --fail --silent http://localhost:{API_PORT}/api/v2/version || exit 1"),
    API_PORT,
)
SCHEDULER = Component(
    "scheduler",
    ("scheduler",),
    HealthCheck(f"curl --fail --silent http://localhost:{SCHEDULER_HEALTH_PORT}/health || exit 1"),
)
DAG_PROCESSOR = Component("dag-processor", ("dag-processor",), _job_alive("DagProcessorJob"))
TRIGGERER = Component("triggerer", ("triggerer",), _job_alive("TriggererJob"))

# With Celery.
WORKER = Component(
    "worker",
    ("celery", "worker"),
    HealthCheck(
        "celery --app airflow.providers.celery.executors.celery_executor.app inspect ping"
        ' --destination "celery@$HOSTNAME" || exit 1',
        interval=60,
        timeout=50,
        retries=3,
        start_period=180,
    ),
    drains=True,
)
FLOWER = Component(
    "flower",
    ("celery", "flower", "--url-prefix", "flower"),
    HealthCheck(f"curl --fail --silent http://localhost:{FLOWER_PORT}/flower/healthcheck || exit 1"),
    FLOWER_PORT,
)

COMPONENTS = (API_SERVER, SCHEDULER, DAG_PROCESSOR, TRIGGERER)

# Passwords are passed in variables, so that no list of processes shows them. See airflow/lib/airflow_on_aws/database/migration.py.
_PREPARE = ("python", "-m", "airflow_on_aws.database.migration")
MIGRATE = (*_PREPARE, "migrate", "admin=ADMIN_PASSWORD", f"{SERVICE_ACCOUNT}=SERVICE_PASSWORD")
# The others wait until the api-server's migration is done.
AWAIT_MIGRATION = (*_PREPARE, "wait")


# Without this repository's code, Airflow's own commands do the same; each starts a whole Airflow.
_OURS = f"if {_has('database/migration')}; then exec "
ECS_MIGRATE = (
    "bash",
    "-c",
    f"{_OURS}{shlex.join(MIGRATE)}; fi; airflow db migrate"
    ' && create() { printf \'%s\\n%s\\n\' "$2" "$2" | airflow users create'
    ' --username "$1" --role Admin --firstname Platform --lastname "$1" --email "$1@localhost"; }'
    ' && create admin "$ADMIN_PASSWORD"'
    f' && if [ -n "$SERVICE_PASSWORD" ]; then create {SERVICE_ACCOUNT} "$SERVICE_PASSWORD"; fi',
)
ECS_AWAIT_MIGRATION = (
    "bash",
    "-c",
    f"{_OURS}{shlex.join(AWAIT_MIGRATION)}; fi; exec airflow db check-migrations --migration-wait-timeout 600",
)
