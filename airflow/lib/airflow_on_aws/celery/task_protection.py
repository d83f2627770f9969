"""Keeps ECS from stopping a worker that has tasks, and drains a worker that a deployment replaces.

Celery imports this module in a worker's main process (`imports` in config.py). A thread protects the worker's ECS task
from scale-in and deployments while any Celery task runs or is reserved. When the service's task definition changes,
which is a deployment, the worker stops consuming, finishes its tasks and gives up its protection; ECS then stops it.
If the deployment is rolled back first, the worker consumes again.

Limitation: a task that arrives at an idle worker is unprotected for little more than one second, until the next check
and the call to AWS. If ECS stops the worker in that second, or AWS does not answer, Celery's warm shutdown takes over:
after SIGTERM the worker consumes no more, and finishes its tasks within `stopTimeout` (120 s).

The task role needs ecs:UpdateTaskProtection and ecs:DescribeServices.
"""

import json
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.request import urlopen

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from celery.signals import worker_ready, worker_shutting_down
from celery.worker import state

log = logging.getLogger(__name__)
METADATA = "ECS_CONTAINER_METADATA_URI_V4"
TICK_SECONDS = 1
DEPLOYMENT_CHECK_SECONDS = 15  # interval between queries for the service's task definition
IDLE_SECONDS = 5  # before the protection ends, so that many short tasks do not cause many calls
RETRY_SECONDS = 5
PROTECTED_MINUTES = 120  # renewed at half of it, so that a worker that hangs does not stay protected for longer


class ProtectionError(Exception):
    """Failure that ECS reports for one task, in an answer that is otherwise successful."""


@dataclass(frozen=True)
class EcsTask:
    """The ECS task in which this process runs."""

    cluster: str
    arn: str
    definition: str
    """family:revision"""
    service: str

    @classmethod
    def from_agent(cls) -> Self:
        """Query the ECS agent; raises OSError, ValueError, KeyError."""
        with urlopen(f"{os.environ[METADATA]}/task", timeout=RETRY_SECONDS) as answer:  # noqa: S310 - the agent's http
            task = json.load(answer)
        cluster, family = task["Cluster"], task["Family"]
        # AWS documents ServiceName for EC2 but not for Fargate. Here a family is named <cluster>-<service>.
        service = task.get("ServiceName") or family.removeprefix(f"{cluster.rpartition('/')[2]}-")
        return cls(cluster, task["TaskARN"], f"{family}:{task['Revision']}", service)


class TaskProtection(threading.Thread):
    """Thread that protects and drains the worker of a Celery consumer; it logs errors as warnings and retries."""

    def __init__(self, consumer: Any) -> None:
        super().__init__(name="task-protection", daemon=True)
        self._consumer = consumer
        self._queues = [queue.name for queue in consumer.task_consumer.queues]
        self._stopped = threading.Event()
        self._busy_at = self._renew_at = self._check_at = 0.0
        self._protected = self._draining = False

    def run(self) -> None:
        """Update the protection until `stop` is called."""
        ecs = task = None
        while not self._stopped.wait(TICK_SECONDS):
            try:
                task = task or EcsTask.from_agent()
                ecs = ecs or boto3.client("ecs", config=Config(connect_timeout=3, read_timeout=5))
                self._protect(ecs, task)
                self._follow_deployments(ecs, task)
            except (BotoCoreError, ClientError, ProtectionError, OSError, LookupError, ValueError) as error:
                log.warning("The protection of this worker's ECS task is not up to date: %s", error)
                self._stopped.wait(RETRY_SECONDS)

    def stop(self, **_: Any) -> None:
        """End the thread: when the worker shuts down, ECS has already decided."""
        self._stopped.set()

    def _protect(self, ecs: Any, task: EcsTask) -> None:
        now = time.monotonic()
        if state.active_requests or state.reserved_requests:
            self._busy_at = now
            if not self._protected or now >= self._renew_at:
                _update_protection(ecs, task, protectionEnabled=True, expiresInMinutes=PROTECTED_MINUTES)
                self._protected, self._renew_at = True, now + PROTECTED_MINUTES * 30
        elif self._protected and now - self._busy_at >= IDLE_SECONDS:
            _update_protection(ecs, task, protectionEnabled=False)
            self._protected = False

    def _follow_deployments(self, ecs: Any, task: EcsTask) -> None:
        now = time.monotonic()
        if now < self._check_at:
            return
        self._check_at = now + DEPLOYMENT_CHECK_SECONDS
        found = ecs.describe_services(cluster=task.cluster, services=[task.service])["services"]
        if not found:
            raise LookupError(f"there is no service {task.service} in {task.cluster}")
        deployed = found[0]["taskDefinition"].rpartition("/")[2]
        if (deployed != task.definition) != self._draining:
            self._draining = deployed != task.definition
            action = "stops consuming tasks" if self._draining else "consumes tasks again"
            log.info("The service runs %s: this worker, %s, %s", deployed, task.definition, action)
            # Runs in the worker's own thread, as Celery's remote control commands do.
            self._consumer.call_soon(self._drain if self._draining else self._resume)

    def _drain(self) -> None:
        for queue in self._queues:
            self._consumer.cancel_task_queue(queue)

    def _resume(self) -> None:
        self._consumer.app.amqp.queues.select(self._queues)  # also for the next connection to the broker
        for queue in self._queues:
            self._consumer.add_task_queue(queue)


def _update_protection(ecs: Any, task: EcsTask, **protection: Any) -> None:
    answer = ecs.update_task_protection(cluster=task.cluster, tasks=[task.arn], **protection)
    for failure in answer.get("failures", ()):
        raise ProtectionError(f"{failure.get('reason')}: {failure.get('detail') or failure.get('arn')}")
    log.info("This worker's ECS task is %sprotected", "" if protection["protectionEnabled"] else "no longer ")


def start_protection(sender: Any, **_: Any) -> None:
    """Start the thread for a worker that runs on ECS."""
    if METADATA in os.environ:
        protection = TaskProtection(sender)
        worker_shutting_down.connect(protection.stop, weak=False)
        protection.start()


worker_ready.connect(start_protection)
