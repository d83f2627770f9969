"""The Celery executor: its configuration, and what scheduler, workers and Flower need for it."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules.config import Config, Cpu, TaskSize
from modules.container import Container
from modules.iam import Statement
from modules.platform.broker import Broker
from modules.platform.components import WORKER
from modules.platform.executors import Executor
from modules.platform.instances import InstancesConfig
from modules.settings import variable

# Where the api-server fetches the logs of tasks that run.
WORKER_LOGS = 8793


class WorkersConfig(TaskSize):
    """A worker's size. There are as many as the queued and running tasks need."""

    cpu: Cpu = 1024
    memory: int = 4096
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """How many tasks a worker runs at once."""
    min_count: Annotated[int, Field(ge=0, le=100)] = 0
    max_count: Annotated[int, Field(ge=1, le=100)] = 10
    idle_seconds: Annotated[int, Field(ge=30, le=3600)] = 300
    """Workers that were not needed for so long go."""
    instances: InstancesConfig | None = None
    """Run on EC2 instances instead of on Fargate."""

    @model_validator(mode="after")
    def _choices_fit(self) -> "WorkersConfig":
        if self.max_count < self.min_count:
            raise ValueError(f"max_count = {self.max_count} is below min_count = {self.min_count}; raise max_count")
        if self.spot and self.instances:
            raise ValueError("spot = true is Fargate Spot, instances are EC2: workers run on one of them; delete one")
        return self


class CeleryConfig(Config):
    """The broker, the workers, and Flower, which shows both."""

    broker: Literal["elasticache", "container"] = "elasticache"
    """``container``: a Redis on ECS, which is cheaper, with a password but without TLS inside the VPC, and alone."""
    node_type: Annotated[str, Field(pattern=r"^cache\.[a-z0-9]+\.[a-z0-9]+$", examples=["cache.t4g.small"])] = (
        "cache.t4g.micro"
    )
    nodes: Annotated[int, Field(ge=1, le=6)] = 2
    """Of ElastiCache; with two or more the loss of one is survived."""
    workers: WorkersConfig = WorkersConfig()
    flower: bool = True
    """Show workers and queues to administrators, as a page of Airflow."""


def celery(
    config: WorkersConfig,
    broker: Broker,
    *,
    cluster: str,
    arns: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Executor:
    """Tasks are processes of workers: quick to start, and they share their worker's role.

    ``arns`` is the beginning of those of ECS in this account and region; ``settings`` are what every component
    has, ``secrets`` the metadata database.
    """
    scaling = {
        "cluster": cluster,
        "service": WORKER.name,
        "min": config.min_count,
        "max": config.max_count,
        "idle_seconds": config.idle_seconds,
    }
    # Beside every scheduler: two that count the same tasks wish for the same workers.
    beside = Container(
        "worker-scaling",
        ["python", "-m", "airflow_on_aws.celery.worker_scaling"],
        {**settings, **concurrency(config), "AIRFLOW_ON_AWS_WORKER_SCALING": json.dumps(scaling)},
        secrets,
        essential=False,
        after="migration",
        restarts=True,
    )
    return Executor(
        broker.settings,
        broker.secrets,
        [*broker.statements, scale_workers(f"{arns}:service/{cluster}/{WORKER.name}")],
        [beside],
    )


def concurrency(config: WorkersConfig) -> dict[str, str]:
    """How many tasks a worker runs at once, as Airflow reads it."""
    return {variable("celery", "worker_concurrency"): str(config.concurrency)}


def scale_workers(service_arn: str) -> Statement:
    """Sets how many workers there are."""
    return Statement("ScaleWorkers", ["ecs:DescribeServices", "ecs:UpdateService"], [service_arn])


def protect_workers(task_arns: str, service_arn: str) -> list[Statement]:
    """Lets a worker say that it is busy, and see that its time is over: airflow/lib/airflow_on_aws/celery/config.py."""
    return [
        Statement("ProtectWorkers", ["ecs:UpdateTaskProtection"], [task_arns]),
        Statement("SeeDeployments", ["ecs:DescribeServices"], [service_arn]),
    ]
