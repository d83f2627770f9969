"""ECS leaves a worker alone while it has tasks, and replaces it when it has none.

Celery imports this in a worker's main process (`imports` in celery_config.py). There a thread keeps the worker's ECS task
protected from scale-in and deployments while any task runs or is reserved. When the service is to run another task
definition, which is a deployment, the worker takes no more tasks, ends those that it has, is protected no longer, and
ECS stops it. If the deployment is rolled back first, it takes tasks again.

The window: a task that arrives at an idle worker runs unprotected until the next look at it and the call to AWS, which is
a second and a bit. Should ECS stop the worker in just that second, or AWS not answer, the warm shutdown covers it:
SIGTERM makes the worker take no more tasks and wait for its own, for as long as `stopTimeout` (120 s) lets it.

The role needs ecs:UpdateTaskProtection and ecs:DescribeServices.
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
LOOK_SECONDS = 15  # between two questions for the service's task definition
IDLE_SECONDS = 5  # before the protection goes: many short tasks are not many calls
RETRY_SECONDS = 5
PROTECTED_MINUTES = 120  # renewed at half of it; a worker that hangs is not protected for longer


class ProtectionError(Exception):
    """What ECS says is wrong with one task, in an answer that is otherwise good."""


@dataclass(frozen=True)
class EcsTask:
    """The ECS task in which this process runs."""

    cluster: str
    arn: str
    definition: str
    """family:revision"""
    service: str

    @classmethod
    def own(cls) -> Self:
        """From the ECS agent; raises OSError, ValueError, KeyError."""
        with urlopen(f"{os.environ[METADATA]}/task", timeout=RETRY_SECONDS) as answer:  # noqa: S310 - the agent's http
            task = json.load(answer)
        cluster, family = task["Cluster"], task["Family"]
        # AWS documents ServiceName for EC2 but not for Fargate. Here a family is named <cluster>-<service>.
        service = task.get("ServiceName") or family.removeprefix(f"{cluster.rpartition('/')[2]}-")
        return cls(cluster, task["TaskARN"], f"{family}:{task['Revision']}", service)


class TaskProtection(threading.Thread):
    """Protects and drains the worker of a Celery consumer; whatever goes wrong is a warning, and tried again."""

    def __init__(self, consumer: Any) -> None:
        super().__init__(name="task-protection", daemon=True)
        self._consumer = consumer
        self._queues = [queue.name for queue in consumer.task_consumer.queues]
        self._stopped = threading.Event()
        self._busy_at = self._renew_at = self._look_at = 0.0
        self._protected = self._draining = False

    def run(self) -> None:
        """Until `stop`."""
        ecs = task = None
        while not self._stopped.wait(TICK_SECONDS):
            try:
                task = task or EcsTask.own()
                ecs = ecs or boto3.client("ecs", config=Config(connect_timeout=3, read_timeout=5))
                self._protect(ecs, task)
                self._follow(ecs, task)
            except (BotoCoreError, ClientError, ProtectionError, OSError, LookupError, ValueError) as error:
                log.warning("The protection of this worker's ECS task is not up to date: %s", error)
                self._stopped.wait(RETRY_SECONDS)

    def stop(self, **_: Any) -> None:
        """When the worker shuts down, ECS has decided."""
        self._stopped.set()

    def _protect(self, ecs: Any, task: EcsTask) -> None:
        now = time.monotonic()
        if state.active_requests or state.reserved_requests:
            self._busy_at = now
            if not self._protected or now >= self._renew_at:
                _update(ecs, task, protectionEnabled=True, expiresInMinutes=PROTECTED_MINUTES)
                self._protected, self._renew_at = True, now + PROTECTED_MINUTES * 30
        elif self._protected and now - self._busy_at >= IDLE_SECONDS:
            _update(ecs, task, protectionEnabled=False)
            self._protected = False

    def _follow(self, ecs: Any, task: EcsTask) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        found = ecs.describe_services(cluster=task.cluster, services=[task.service])["services"]
        if not found:
            raise LookupError(f"there is no service {task.service} in {task.cluster}")
        wanted = found[0]["taskDefinition"].rpartition("/")[2]
        if (wanted != task.definition) != self._draining:
            self._draining = wanted != task.definition
            log.info(
                "The service runs %s: %s takes %s tasks", wanted, task.definition, "no" if self._draining else "its"
            )
            # In the worker's own thread, as Celery's remote control does it.
            self._consumer.call_soon(self._drain if self._draining else self._resume)

    def _drain(self) -> None:
        for queue in self._queues:
            self._consumer.cancel_task_queue(queue)

    def _resume(self) -> None:
        self._consumer.app.amqp.queues.select(self._queues)  # also for the next connection to the broker
        for queue in self._queues:
            self._consumer.add_task_queue(queue)


def _update(ecs: Any, task: EcsTask, **protection: Any) -> None:
    answer = ecs.update_task_protection(cluster=task.cluster, tasks=[task.arn], **protection)
    for failure in answer.get("failures", ()):
        raise ProtectionError(f"{failure.get('reason')}: {failure.get('detail') or failure.get('arn')}")
    log.info("This worker's ECS task is %sprotected", "" if protection["protectionEnabled"] else "no longer ")


def start(sender: Any, **_: Any) -> None:
    """Where there is an ECS agent."""
    if METADATA in os.environ:
        protection = TaskProtection(sender)
        worker_shutting_down.connect(protection.stop, weak=False)
        protection.start()


worker_ready.connect(start)
