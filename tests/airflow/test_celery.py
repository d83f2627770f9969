"""The Celery executor: a real worker, a real Redis, and an ECS that takes notes."""

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
from runs import Run, begin

pytestmark = pytest.mark.slow


@dataclass
class Step:
    """A run whose only task goes on until `end`."""

    file: Path
    wait: Callable[[], Run]

    def said(self) -> list[str]:
        """One line when it began, one when it ended: more, if it ran twice."""
        return self.file.read_text().splitlines() if self.file.exists() else []

    def end(self) -> None:
        self.file.with_suffix(".end").touch()

    def state(self) -> str:
        """How the run ended."""
        return self.wait().state


@pytest.fixture
def step(celery: Celery, tmp_path: Path) -> Iterator[Callable[[str], Step]]:
    steps = []

    def start(name: str) -> Step:
        file = tmp_path / name
        steps.append(Step(file, begin(celery.airflow, "steps", {"file": str(file)})))
        return steps[-1]

    yield start
    for one in steps:
        one.end()


def test_a_task_runs_and_its_worker_is_protected_while_it_does(celery: Celery, step: Callable[[str], Step]) -> None:
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
    celery.until(one.said, "the task")
    [run] = celery.airflow.api("GET", "/api/v2/dags/steps/dagRuns?state=running")["dag_runs"]
    path = f"/api/v2/dags/steps/dagRuns/{run['dag_run_id']}/taskInstances/step/logs/1"
    source = f":{celery.airflow.environment['AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT']}/log/dag_id=steps"
    # A worker with much to do may not answer in the time that Airflow gives it.
    celery.until(lambda: source in json.dumps(celery.airflow.api("GET", path)["content"]), "its log")
    one.end()
    assert one.state() == "success"


def test_each_line_of_a_worker_is_json_and_none_has_a_tasks_token(celery: Celery) -> None:
    lines = [json.loads(line) for line in celery.lines("worker").splitlines()]
    assert lines
    assert not [line for line in lines if not {"timestamp", "level", "logger", "message"} <= line.keys()]
    assert "eyJ" not in celery.lines("worker")


def test_a_worker_of_an_old_definition_ends_its_tasks_and_takes_no_more(
    celery: Celery, step: Callable[[str], Step]
) -> None:
    one = step("one")
    celery.until(one.said, "the first task")
    celery.ecs.revision = 2
    celery.until(lambda: "Canceling queue default" in celery.lines("worker"), "the drained worker")
    celery.ecs.calls.clear()
    two = step("two")
    celery.until(lambda: celery.broker.client().llen("default"), "the second task's message")
    assert celery.ecs.protection() == []  # it still runs one
    one.end()
    assert one.state() == "success"
    celery.until(lambda: celery.ecs.protection() == [False], "the end of the protection")
    assert two.said() == []
    celery.ecs.revision = 1  # rolled back
    celery.until(two.said, "the second task")
    two.end()
    assert two.state() == "success"


def test_workers_are_as_many_as_the_tasks_need(celery: Celery, step: Callable[[str], Step]) -> None:
    steps = [step(name) for name in ("one", "two", "three")]  # two run, one is queued
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
    celery.until(lambda: celery.lines("scaling"), "its line")  # written when ECS has answered
    assert celery.stop("scaling") == -signal.SIGTERM
    assert [json.loads(line)["message"] for line in celery.lines("scaling").splitlines()] == [
        "3 workers instead of 1, for 3 tasks"
    ]
    for one in steps:
        one.end()
    assert [one.state() for one in steps] == ["success"] * 3


def test_tasks_outlive_a_broker_that_is_away(celery: Celery, step: Callable[[str], Step]) -> None:
    during, after = step("during"), step("after")
    celery.until(lambda: during.said() and after.said(), "the first tasks")
    celery.broker.kill()
    queued = step("queued")
    during.end()
    time.sleep(4)  # the scheduler tries to queue one, asks after two, and a result is to be stored
    celery.broker.start()
    celery.until(queued.said, "the task of the meantime")
    after.end()
    queued.end()
    assert [one.state() for one in (during, after, queued)] == ["success"] * 3
    assert [one.said() for one in (during, after, queued)] == [["began", "ended"]] * 3
    assert celery.processes["scheduler"].poll() is None
    assert celery.processes["worker"].poll() is None


def test_a_task_outlives_its_workers_connection(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.said, "the task")
    celery.broker.client().client_kill_filter(_type="normal")  # as ElastiCache does after twelve hours
    two = step("two")
    celery.until(two.said, "the second task")
    one.end()
    two.end()
    assert [one.state(), two.state()] == ["success"] * 2
    assert [one.said(), two.said()] == [["began", "ended"]] * 2


def test_a_worker_that_is_stopped_ends_its_tasks_first(celery: Celery, step: Callable[[str], Step]) -> None:
    one = step("one")
    celery.until(one.said, "the task")
    worker = celery.processes["worker"]
    worker.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert worker.poll() is None
    one.end()
    assert one.state() == "success"
    assert worker.wait(20) == 0
