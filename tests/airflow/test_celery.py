"""The Celery executor with a real worker, a real Redis, and an ECS that records its calls."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from celery_instance import Celery
from runs import Run, start_dag

pytestmark = pytest.mark.slow


@dataclass
class Step:
    """A run whose only task continues until `end` is called."""

    file: Path
    wait: Callable[[], Run]

    def lines(self) -> list[str]:
        """Return `began` and `ended` as far as they are written; twice, if the task ran twice."""
        return self.file.read_text().splitlines() if self.file.exists() else []

    def end(self) -> None:
        self.file.with_suffix(".end").touch()

    def state(self) -> str:
        """Wait for the end of the run and return its state."""
        return self.wait().state


@pytest.fixture
def step(celery: Celery, tmp_path: Path) -> Iterator[Callable[[str], Step]]:
    steps = []

    def start(name: str) -> Step:
        file = tmp_path / name
        steps.append(Step(file, start_dag(celery.airflow, "steps", {"file": str(file)})))
        return steps[-1]

    yield start
    for one in steps:
        one.end()


def test_a_worker_is_protected_while_its_task_runs(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(lambda: celery.ecs.of("UpdateTaskProtection"), "the protection")
    assert celery.ecs.protection() == [True]
    [protection] = celery.ecs.of("UpdateTaskProtection")
    assert (protection["tasks"], protection["expiresInMinutes"]) == (["arn:of-the-task"], 120)
    one.end()
    assert one.state() == "success"
    celery.until(lambda: celery.ecs.protection() == [True, False], "the end of the protection")


def test_the_log_of_a_running_task_comes_from_its_worker(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.lines, "the task")
    [run] = celery.airflow.api("GET", "/api/v2/dags/steps/dagRuns?state=running")["dag_runs"]
    path = f"/api/v2/dags/steps/dagRuns/{run['dag_run_id']}/taskInstances/step/logs/1"
    source = f":{celery.airflow.environment['AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT']}/log/dag_id=steps"
    # A busy worker may exceed Airflow's timeout for this request.
    celery.until(lambda: source in json.dumps(celery.airflow.api("GET", path)["content"]), "its log")
    one.end()
    assert one.state() == "success"


def test_each_line_of_a_worker_is_json_and_none_has_a_tasks_token(celery: Celery) -> None:
    lines = [json.loads(line) for line in celery.lines("worker").splitlines()]
    assert lines
    assert not [line for line in lines if not {"timestamp", "level", "logger", "message"} <= line.keys()]
    assert "eyJ" not in celery.lines("worker")


def test_a_worker_with_an_old_task_definition_drains(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.lines, "the first task")
    celery.ecs.revision = 2
    celery.until(lambda: "Canceling queue default" in celery.lines("worker"), "the drained worker")
    celery.ecs.calls.clear()
    two = step("two")
    celery.until(lambda: celery.broker.client().llen("default"), "the second task's message")
    assert celery.ecs.protection() == []  # a task is still running
    one.end()
    assert one.state() == "success"
    celery.until(lambda: celery.ecs.protection() == [False], "the end of the protection")
    assert two.lines() == []
    celery.ecs.revision = 1  # rolled back
    celery.until(two.lines, "the second task")
    two.end()
    assert two.state() == "success"


def test_the_number_of_workers_follows_the_number_of_tasks(celery: Celery, step: Callable[[str], Step]) -> None:
    steps = [step(name) for name in ("one", "two", "three")]  # two are running, the third is queued
    work = "select count(*) from task_instance where state in ('queued', 'running')"
    celery.until(lambda: celery.database.do(work) == [(3,)], "three tasks")
    settings = {"cluster": "airflow-test", "service": "worker", "min": 1, "max": 5, "idle_seconds": 600}
    celery.start(
        "scaling",
        sys.executable,
        "-m",
        "airflow_on_aws.celery.worker_scaling",
        **celery.ecs.environment(),
        AIRFLOW_ON_AWS_WORKER_SCALING=json.dumps(settings),
        AIRFLOW__CELERY__WORKER_CONCURRENCY="1",
    )
    celery.until(lambda: celery.ecs.desired == 3, "three workers")
    assert psutil.Process(celery.processes["scaling"].pid).memory_info().rss < 90 * 2**20
    celery.until(lambda: celery.lines("scaling"), "its line")  # written after the answer of ECS
    assert celery.stop("scaling") == -signal.SIGTERM
    assert [json.loads(line)["message"] for line in celery.lines("scaling").splitlines()] == [
        "3 workers instead of 1, for 3 tasks"
    ]
    for one in steps:
        one.end()
    assert [one.state() for one in steps] == ["success"] * 3


def test_tasks_survive_a_broker_outage(celery: Celery, step: Callable[[str], Step]) -> None:
    during, after = step("during"), step("after")
    celery.until(lambda: during.lines() and after.lines(), "the first tasks")
    celery.broker.kill()
    queued = step("queued")
    during.end()
    time.sleep(4)  # meanwhile the scheduler queues a task and polls two, and a worker stores a result
    celery.broker.start()
    celery.until(queued.lines, "the task of the meantime")
    after.end()
    queued.end()
    assert [one.state() for one in (during, after, queued)] == ["success"] * 3
    assert [one.lines() for one in (during, after, queued)] == [["began", "ended"]] * 3
    assert celery.processes["scheduler"].poll() is None
    assert celery.processes["worker"].poll() is None


def test_a_task_survives_a_closed_connection_to_the_broker(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.lines, "the task")
    celery.broker.client().client_kill_filter(_type="normal")  # as ElastiCache does after twelve hours
    two = step("two")
    celery.until(two.lines, "the second task")
    one.end()
    two.end()
    assert [one.state(), two.state()] == ["success"] * 2
    assert [one.lines(), two.lines()] == [["began", "ended"]] * 2


def test_a_stopped_worker_finishes_its_tasks_first(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.lines, "the task")
    worker = celery.processes["worker"]
    worker.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert worker.poll() is None
    one.end()
    assert one.state() == "success"
    assert worker.wait(20) == 0
