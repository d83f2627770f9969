"""The Celery executor: configuration of broker and workers, and what the scheduler needs to run tasks there."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules.config import Config, Cpu, TaskSize
from modules.container import Container
from modules.platform.broker import Broker, Cache, Redis
from modules.platform.components import WORKER
from modules.platform.instances import InstancesConfig
from modules.platform.permissions import scale_workers
from modules.platform.requirements import Requirements
from modules.platform.site import PlatformSite
from modules.resource_group import Scope
from modules.settings import variable

# Port from which the api-server fetches the logs of running tasks.
WORKER_LOGS = 8793


class WorkersConfig(TaskSize):
    """Size of a worker; the number of workers follows the queued and running tasks."""

    cpu: Cpu = 1024
    memory: int = 4096
    concurrency: Annotated[int, Field(ge=1, le=64)] = 8
    """Tasks that a worker runs at the same time."""
    min_count: Annotated[int, Field(ge=0, le=100)] = 0
    max_count: Annotated[int, Field(ge=1, le=100)] = 10
    idle_seconds: Annotated[int, Field(ge=30, le=3600)] = 300
    """Scale in workers that were idle for this long (seconds)."""
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
    """Nodes of ElastiCache; with two or more, the broker survives the loss of a node."""
    workers: WorkersConfig = WorkersConfig()
    flower: bool = True
    """Show workers and queues to administrators, as a page of Airflow."""


def celery_broker(scope: Scope, config: CeleryConfig, *, site: PlatformSite) -> Broker:
    """Create the configured broker."""
    if config.broker == "container":
        return Redis(scope, "broker", site=site).broker
    return Cache(
        scope, "broker", prefix=site.prefix, node_type=config.node_type, nodes=config.nodes, network=site.network
    ).broker


def celery_executor(
    config: WorkersConfig,
    broker: Broker,
    *,
    site: PlatformSite,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Requirements:
    """Return what the scheduler needs to run tasks as processes of workers, which start fast and share a role.

    ``settings`` are the variables of every component, ``secrets`` has the URL of the metadata database.
    """
    scaling = {
        "cluster": site.cluster.name,
        "service": WORKER.name,
        "min": config.min_count,
        "max": config.max_count,
        "idle_seconds": config.idle_seconds,
    }
    # Next to every scheduler: two that count the same tasks request the same number of workers.
    scaler = Container(
        "worker-scaling",
        ["python", "-m", "airflow_on_aws.celery.worker_scaling"],
        {**settings, **concurrency(config), "AIRFLOW_ON_AWS_WORKER_SCALING": json.dumps(scaling)},
        secrets,
        essential=False,
        after="migration",
        restarts=True,
    )
    scale = scale_workers(workers_arn(site))
    return broker.requirements + Requirements(statements=[scale], sidecars=[scaler])


def workers_arn(site: PlatformSite) -> str:
    """Return the ARN of the workers' service."""
    return site.account.arn("ecs", f"service/{site.cluster.name}/{WORKER.name}")


def concurrency(config: WorkersConfig) -> dict[str, str]:
    """Return Airflow's setting for the number of tasks that a worker runs at once."""
    return {variable("celery", "worker_concurrency"): str(config.concurrency)}
