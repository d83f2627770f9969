"""Protection and draining of a worker, step by step; tests/airflow/test_celery.py uses a real worker."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from airflow_on_aws.celery import task_protection
from airflow_on_aws.celery.task_protection import EcsTask, ProtectionError, TaskProtection
from celery.worker import state
from ecs import CLUSTER_ARN, FAMILY, Ecs
from runs import eventually

TASK = EcsTask(CLUSTER_ARN, "arn:of-the-task", f"{FAMILY}:1", "worker")


class Client:
    """A fake boto3 client for ECS."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.failures: list[dict[str, str]] = []

    def update_task_protection(self, **sent: Any) -> dict[str, Any]:
        self.sent.append(sent)
        return {"failures": self.failures}

    def on(self) -> list[bool]:
        return [one["protectionEnabled"] for one in self.sent]


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(task_protection.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The worker's active tasks."""
    running: set[str] = set()
    monkeypatch.setattr(state, "active_requests", running)
    monkeypatch.setattr(state, "reserved_requests", set())
    return running


@pytest.fixture
def protection(client: Client, work: set[str], clock: list[float]) -> TaskProtection:
    queue = SimpleNamespace(name="default")
    return TaskProtection(SimpleNamespace(task_consumer=SimpleNamespace(queues=[queue])))


def test_it_is_renewed_before_it_expires(
    protection: TaskProtection, client: Client, work: set[str], clock: list[float]
) -> None:
    work.add("a long task")
    for _ in range(4 * 60):
        protection._protect(client, TASK)
        clock[0] += 60
    assert client.on() == [True] * 4
    assert {one["expiresInMinutes"] for one in client.sent} == {120}


def test_it_ends_some_seconds_after_the_last_task(
    protection: TaskProtection, client: Client, work: set[str], clock: list[float]
) -> None:
    for busy in (True, False, True, False, False, False, False, False, False):
        work.clear()
        work.update({"a short task"} if busy else ())
        protection._protect(client, TASK)
        clock[0] += 1
    assert client.on() == [True, False]


def test_an_idle_worker_calls_no_api(protection: TaskProtection, client: Client) -> None:
    protection._protect(client, TASK)
    assert client.sent == []


def test_a_refused_update_is_retried(protection: TaskProtection, client: Client, work: set[str]) -> None:
    work.add("a task")
    client.failures = [{"arn": "arn:of-the-task", "reason": "DEPLOYMENT_BLOCKED", "detail": "wait"}]
    with pytest.raises(ProtectionError, match="DEPLOYMENT_BLOCKED: wait"):
        protection._protect(client, TASK)
    client.failures = []
    protection._protect(client, TASK)
    assert client.on() == [True, True]


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecs]:
    ecs = Ecs()
    for name, text in ecs.environment().items():
        monkeypatch.setenv(name, text)
    yield ecs
    ecs.shutdown()


def test_the_agent_identifies_the_task(ecs: Ecs) -> None:
    assert EcsTask.from_agent() == TASK


def test_an_aws_outage_is_a_warning_and_is_retried(
    ecs: Ecs, work: set[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(task_protection, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(task_protection, "RETRY_SECONDS", 0.1)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    queue = SimpleNamespace(name="default")
    protection = TaskProtection(SimpleNamespace(task_consumer=SimpleNamespace(queues=[queue])))
    work.add("a task")
    ecs.away = True
    protection.start()
    try:
        eventually(lambda: "not up to date" in caplog.text or None, "a warning", 20)
        ecs.away = False
        eventually(lambda: ecs.protection() or None, "the protection", 20)
    finally:
        protection.stop()
        protection.join(5)
    assert ecs.protection() == [True]
