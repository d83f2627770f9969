"""Autoscaling of Celery workers: `python -m airflow_on_aws.celery.worker_scaling`, a container next to each scheduler.

It does for ECS what KEDA does for Airflow's Helm chart: it counts the tasks that are queued or running in the metadata
database, and sets the service's desired count. CPU would not show queued tasks, and would stop workers whose tasks
wait for I/O. It scales out at once, and in after fewer workers were enough for `idle_seconds`. ECS chooses which workers to
stop, among those that task_protection.py does not protect. Two processes, one per scheduler, reach the same result.

AIRFLOW_ON_AWS_WORKER_SCALING is {"cluster": …, "service": …, "min": …, "max": …, "idle_seconds": …}.
The role needs ecs:DescribeServices and ecs:UpdateService. SIGTERM ends the process at once: it has nothing to finish.
"""

import json
import logging
import math
import os
import sys
import time
from collections import deque
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import boto3
import psycopg2
from airflow_on_aws.logs.json_formatter import log_json_to_stdout
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("airflow_on_aws.celery.worker_scaling")
INTERVAL_SECONDS = 10
TASK_COUNT = """
select count(*) from task_instance
where state in ('queued', 'running') and (executor = any(%s) or (executor is null and %s))
"""


class SettingError(Exception):
    """Missing or invalid environment variable, with the remedy."""


class Scaling:
    """Computes the desired count from the present and the recent numbers of needed workers."""

    def __init__(self, minimum: int, maximum: int, idle_seconds: float) -> None:
        self._minimum, self._maximum, self._idle = minimum, maximum, idle_seconds
        self.past = deque[tuple[float, int]]()
        """Times and needed counts. The first entry becomes the last measurement before the idle time."""

    def target(self, needed: int, desired: int, now: float) -> int:
        """Return the new desired count: out at once, in to the maximum that was needed during the idle time."""
        wish = min(max(needed, self._minimum), self._maximum)
        self.past.append((now, wish))
        while len(self.past) > 1 and self.past[1][0] <= now - self._idle:
            self.past.popleft()
        if wish >= desired or self.past[0][0] > now - self._idle:
            return max(wish, desired)
        return min(desired, max(wish for _, wish in self.past))


def celery_names(executors: str) -> tuple[list[str], bool]:
    """Parse [core] executor: the names by which a task can select Celery, and whether Celery is the default."""
    names, default = set(), False
    for position, executor in enumerate(executors.split(",")):
        alias, _, path = executor.strip().rpartition(":")
        if path.rpartition(".")[2] == "CeleryExecutor":
            names |= {path, "CeleryExecutor", alias} - {""}
            default = default or position == 0
    return sorted(names), default


def libpq_url(environment: Mapping[str, str]) -> str:
    """Return the metadata database's URL as libpq accepts it; raises SettingError."""
    scheme, _, rest = environment.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "").partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise SettingError(
            f"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names {scheme.partition('+')[0] or 'no database'}: "
            "worker scaling needs PostgreSQL; use that, or a fixed number of workers"
        )
    return f"postgresql://{rest}"


def count_tasks(connection: Any, names: list[str], default: bool) -> int:
    """Count the queued and running tasks of the Celery executor."""
    with connection.cursor() as cursor:
        cursor.execute(TASK_COUNT, (names, default))
        return int(cursor.fetchone()[0])


def scale(ecs: Any, scaling: Scaling, service: Mapping[str, str], tasks: int, concurrency: int) -> None:
    """Update the service's desired count if it differs from the target."""
    found = ecs.describe_services(cluster=service["cluster"], services=[service["service"]])["services"]
    if not found:
        raise LookupError(f"there is no service {service['service']} in {service['cluster']}")
    desired = found[0]["desiredCount"]
    target = scaling.target(math.ceil(tasks / concurrency), desired, time.monotonic())
    if target != desired:
        ecs.update_service(cluster=service["cluster"], service=service["service"], desiredCount=target)
        log.info("%d workers instead of %d, for %d tasks", target, desired, tasks)


def scale_forever(environment: Mapping[str, str]) -> None:
    """Scale every 10 s until the process is stopped; raises SettingError at the start."""
    dsn = libpq_url(environment)
    names, default = celery_names(environment.get("AIRFLOW__CORE__EXECUTOR", ""))
    try:
        service = json.loads(environment["AIRFLOW_ON_AWS_WORKER_SCALING"])
        scaling = Scaling(service["min"], service["max"], service["idle_seconds"])
        concurrency = int(environment["AIRFLOW__CELERY__WORKER_CONCURRENCY"])
    except (KeyError, ValueError) as error:
        raise SettingError(
            f"AIRFLOW_ON_AWS_WORKER_SCALING or AIRFLOW__CELERY__WORKER_CONCURRENCY is missing or invalid: {error}"
        ) from None
    ecs = boto3.client("ecs", config=Config(connect_timeout=3, read_timeout=10))
    while True:
        try:
            with closing(psycopg2.connect(dsn, connect_timeout=5, options="-c statement_timeout=5000")) as connection:
                connection.autocommit = True
                while True:
                    scale(ecs, scaling, service, count_tasks(connection, names, default), concurrency)
                    time.sleep(INTERVAL_SECONDS)
        except (psycopg2.Error, BotoCoreError, ClientError, LookupError) as error:
            log.warning("The number of workers is unchanged: %s", str(error).partition("\n")[0])
            scaling.past.clear()  # without data there is no proof that fewer workers were enough
            time.sleep(INTERVAL_SECONDS)


if __name__ == "__main__":
    log_json_to_stdout(log)
    try:
        scale_forever(os.environ)
    except SettingError as error:
        log.critical("Worker scaling does not start: %s", error)
        sys.exit(1)
