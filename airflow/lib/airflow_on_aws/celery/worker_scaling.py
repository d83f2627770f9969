"""As many Celery workers as there is work for: `python -m airflow_on_aws.celery.worker_scaling`, beside the scheduler.

It is for ECS what KEDA is for Airflow's Helm chart: it counts the tasks that are queued or running in the metadata database
and sets the service's desired count. CPU would say nothing of what is queued, and would stop workers whose tasks wait.
More workers come at once, fewer when fewer were enough for a while; which ones go is ECS's choice among those that
task_protection.py does not protect. Two of these beside two schedulers come to the same number.

AIRFLOW_ON_AWS_WORKER_SCALING is {"cluster": …, "service": …, "min": …, "max": …, "idle_seconds": …}.
The role needs ecs:DescribeServices and ecs:UpdateService. It runs until SIGTERM, which ends it at once: it has nothing to finish.
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
from airflow_on_aws.logs.json_formatter import configure
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger("airflow_on_aws.celery.worker_scaling")
EVERY_SECONDS = 10
WORK = """
select count(*) from task_instance
where state in ('queued', 'running') and (executor = any(%s) or (executor is null and %s))
"""


class SettingError(Exception):
    """One line that says what to set."""


class Scaling:
    """The desired count that follows from what was wished for, now and a while ago."""

    def __init__(self, least: int, most: int, idle_seconds: float) -> None:
        self._least, self._most, self._idle = least, most, idle_seconds
        self.past = deque[tuple[float, int]]()
        """When which count was enough. The first is the last one from before the idle time, once there is one."""

    def target(self, needed: int, desired: int, now: float) -> int:
        """Instead of `desired`, given how many are `needed`: up at once, down to the most needed in the idle time."""
        wish = min(max(needed, self._least), self._most)
        self.past.append((now, wish))
        while len(self.past) > 1 and self.past[1][0] <= now - self._idle:
            self.past.popleft()
        if wish >= desired or self.past[0][0] > now - self._idle:
            return max(wish, desired)
        return min(desired, max(wish for _, wish in self.past))


def celery_names(executors: str) -> tuple[list[str], bool]:
    """The names by which tasks may ask for Celery, given [core] executor, and whether those that ask for none get it."""
    names, default = set(), False
    for position, executor in enumerate(executors.split(",")):
        alias, _, path = executor.strip().rpartition(":")
        if path.rpartition(".")[2] == "CeleryExecutor":
            names |= {path, "CeleryExecutor", alias} - {""}
            default = default or position == 0
    return sorted(names), default


def database(environment: Mapping[str, str]) -> str:
    """The metadata database as libpq takes it; raises SettingError."""
    scheme, _, rest = environment.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "").partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise SettingError(
            f"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN is of {scheme.partition('+')[0] or 'nothing'}: "
            "workers are scaled by a PostgreSQL only; use that, or a fixed count of workers"
        )
    return f"postgresql://{rest}"


def count(connection: Any, names: list[str], default: bool) -> int:
    """How many tasks Celery has, queued or running."""
    with connection.cursor() as cursor:
        cursor.execute(WORK, (names, default))
        return int(cursor.fetchone()[0])


def scale(ecs: Any, scaling: Scaling, service: Mapping[str, str], tasks: int, concurrency: int) -> None:
    """Changes the service's desired count if it is not the right one."""
    found = ecs.describe_services(cluster=service["cluster"], services=[service["service"]])["services"]
    if not found:
        raise LookupError(f"there is no service {service['service']} in {service['cluster']}")
    desired = found[0]["desiredCount"]
    target = scaling.target(math.ceil(tasks / concurrency), desired, time.monotonic())
    if target != desired:
        ecs.update_service(cluster=service["cluster"], service=service["service"], desiredCount=target)
        log.info("%d workers instead of %d, for %d tasks", target, desired, tasks)


def run(environment: Mapping[str, str]) -> None:
    """For ever; raises SettingError at once."""
    dsn = database(environment)
    names, default = celery_names(environment.get("AIRFLOW__CORE__EXECUTOR", ""))
    try:
        service = json.loads(environment["AIRFLOW_ON_AWS_WORKER_SCALING"])
        scaling = Scaling(service["min"], service["max"], service["idle_seconds"])
        concurrency = int(environment["AIRFLOW__CELERY__WORKER_CONCURRENCY"])
    except (KeyError, ValueError) as error:
        raise SettingError(f"AIRFLOW_ON_AWS_WORKER_SCALING or AIRFLOW__CELERY__WORKER_CONCURRENCY: {error}") from None
    ecs = boto3.client("ecs", config=Config(connect_timeout=3, read_timeout=10))
    while True:
        try:
            with closing(psycopg2.connect(dsn, connect_timeout=5, options="-c statement_timeout=5000")) as connection:
                connection.autocommit = True
                while True:
                    scale(ecs, scaling, service, count(connection, names, default), concurrency)
                    time.sleep(EVERY_SECONDS)
        except (psycopg2.Error, BotoCoreError, ClientError, LookupError) as error:
            log.warning("The number of workers stays as it is: %s", str(error).partition("\n")[0])
            scaling.past.clear()  # that fewer were enough is not known
            time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    configure(log)
    try:
        run(os.environ)
    except SettingError as error:
        log.critical("The number of workers is not looked after: %s", error)
        sys.exit(1)
