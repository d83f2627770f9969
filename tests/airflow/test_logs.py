"""Output is one JSON object per line with consistent field names; task logs outlive their container."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from company import BUCKET, Company, remote_logs
from emulator import Aws
from instance import Instance
from runs import eventually, known

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib")  # of the company's provider
FIELDS = {"timestamp", "level", "logger", "message"}
# Variables that a task's container does not have.
CORE = ("AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY")
DAG = "logs__lines"


def parse(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


@dataclass(frozen=True)
class Task:
    """A task that ran with a container's command, with its log in S3."""

    run: str
    printed: list[dict[str, Any]]
    file: Path

    @property
    def fields(self) -> dict[str, Any]:
        return {"dag_id": DAG, "task_id": "speak", "run_id": self.run, "try_number": 1}


@pytest.fixture(scope="module")
def dag(airflow: Instance) -> Iterator[None]:
    """The DAG file, written before the company starts, because Airflow needs some time to find it."""
    file = airflow.home / "projects" / "logs" / "log_lines_dag.py"
    file.parent.mkdir()
    shutil.copy(Path(__file__).with_name(file.name), file)
    airflow.api("POST", "/bundles/projects/refresh")
    yield
    shutil.rmtree(file.parent)


@pytest.fixture(scope="module")
def task(airflow: Instance, dag: None, running_aws: Aws, company: Company) -> Task:
    """Run the task; `company` provides the bucket."""
    eventually(lambda: known(airflow, DAG), f"the DAG {DAG}", 60)
    # The DAG is paused, so that the scheduler does not start the task.
    run = airflow.api("POST", f"/api/v2/dags/{DAG}/dagRuns", {"logical_date": None})["dag_run_id"]
    queue = [sys.executable, Path(__file__).with_name("queue_task.py"), run]
    workload = subprocess.run(queue, env=airflow.environment, capture_output=True, text=True, check=True).stdout
    environment = {name: value for name, value in airflow.environment.items() if "DATABASE" not in name}
    container = [sys.executable, "-m", "airflow.sdk.execution_time.execute_workload", "--json-string"]
    done = subprocess.run(
        [*container, workload.splitlines()[-1]],
        env={name: value for name, value in environment.items() if name not in CORE}
        | running_aws.environment
        | remote_logs(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log = airflow.home / "logs" / "tasks" / f"dag_id={DAG}" / f"run_id={run}" / "task_id=speak" / "attempt=1.log"
    return Task(run, parse(done.stdout), log)


@pytest.mark.parametrize("component", ["api-server", "scheduler", "dag-processor", "triggerer"])
def test_each_line_of_a_component_is_json_with_the_same_fields(airflow: Instance, component: str) -> None:
    lines = parse(airflow.log(component))
    assert lines
    assert not [line for line in lines if FIELDS - line.keys()]


def test_each_line_of_a_task_has_the_tasks_fields(task: Task) -> None:
    spoken = {
        line["message"]: line
        for line in task.printed
        if line["message"] in ("logged: Grüße", "printed", "complained", "warned")
    }
    assert len(spoken) == 4
    assert not [line for line in spoken.values() if not task.fields.items() <= line.items() or FIELDS - line.keys()]


def test_an_exception_is_a_field_of_its_line(task: Task) -> None:
    [failed] = [line for line in task.printed if line["message"] == "Task failed with exception"]
    assert task.fields.items() <= failed.items()
    [exception] = failed["exception"]
    assert (exception["exc_type"], exception["exc_value"]) == ("ValueError", "broken on purpose")


def test_the_log_of_a_task_is_read_from_s3_when_its_container_is_gone(
    task: Task, airflow: Instance, company: Company, running_aws: Aws
) -> None:
    shutil.rmtree(task.file.parent, ignore_errors=True)
    path = f"/api/v2/dags/{DAG}/dagRuns/{task.run}/taskInstances/speak/logs/1"
    content = company.instance(airflow).api("GET", path)["content"]
    events = [line["event"] for line in content]
    assert f"s3://{BUCKET}/dag_id={DAG}/run_id={task.run}/task_id=speak/attempt=1.log" in events
    assert {"logged: Grüße", "printed", "complained", "warned"} <= set(events)
    [failed] = [line for line in content if line["event"] == "Task failed with exception"]
    assert failed["error_detail"][0]["exc_value"] == "broken on purpose"
    assert failed.items() >= task.fields.items()
