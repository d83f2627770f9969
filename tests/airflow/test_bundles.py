"""Bundles that Airflow fetches itself from git and S3, with the platform's configuration."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from celery_instance import copy
from company import AIRFLOW, free_port, wait_for
from databases import URL, Database
from instance import PYTHON, ROOT, Instance
from repository import DAG, Repository
from runs import Run, eventually, known, run_dag

pytestmark = pytest.mark.slow

BUCKET, PREFIX = "example-ops-dags", "team-a/dags/"
COMPONENTS = {"api-server": [], "scheduler": ["--skip-serve-logs"], "dag-processor": []}
# A task that prints the file from which it was read.
FLOW = """
from airflow.sdk import DAG, task

with DAG("{id}", tags=["test"], default_args={{"owner": "test", "retries": 0}}):

    @task
    def {task}():
        print("read from", __file__)

    {task}()
"""
# Prints the Airflow setting for bundles; the platform's models run with the packages in .venv.
SETTING = """
import json, sys
from modules.platform.bundles import BundleConfig, bundle_settings
from modules.settings import dag_bundles
home, bundles = sys.argv[1], json.loads(sys.argv[2])
print(dag_bundles(home, bundle_settings({name: BundleConfig(**one) for name, one in bundles.items()})))
"""


@dataclass
class Fetching:
    """An Airflow with two such projects, and the sources of their DAGs."""

    airflow: Instance
    sales: Repository
    ops: Any
    fetched: Path

    def put(self, text: str) -> None:
        """Store this DAG as the only DAG in the bucket."""
        self.ops.put_object(Bucket=BUCKET, Key=f"{PREFIX}one.py", Body=text.encode())

    def tasks(self, dag_id: str) -> list[str]:
        return [one["task_id"] for one in self.airflow.api("GET", f"/api/v2/dags/{dag_id}/tasks")["tasks"]]


@pytest.fixture(scope="module")
def fetching(airflow: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetching]:
    """Separate components, on a copy of the test Airflow's database."""
    folder = tmp_path_factory.mktemp("bundles")
    port, health = sorted({free_port() for _ in range(8)})[:2]
    url = f"http://127.0.0.1:{port}"
    sales = Repository(folder / "sales")
    sales.change({"dags/one.py": FLOW.format(id="sales__one", task="first")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_CONFIG_FILE", airflow.environment["AWS_CONFIG_FILE"])
        ops = boto3.session.Session().client("s3")
    bundles = {
        "sales": {"git": {"url": sales.url, "refresh_seconds": 10}},
        # Too long for the test: new files must arrive by a request.
        "ops": {"s3": {"bucket": BUCKET, "prefix": PREFIX, "refresh_seconds": 86_400}},
    }
    command = [PYTHON, "-c", SETTING, airflow.home, json.dumps(bundles)]
    setting = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    table = folder / "projects.csv"
    table.write_text(f"sales,{sales.url},main\nops,{sales.url},main\n")
    with Database.beside(airflow, "bundles") as database:
        copy(airflow.environment[URL], database)
        environment = airflow.environment | {
            URL: database.url,
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": setting,
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(folder / "fetched"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(health),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "tasks"),
            "AIRFLOW_CONN_AIRFLOW_API": airflow.environment["AIRFLOW_CONN_AIRFLOW_API"].rpartition(":")[0] + f":{port}",
            "AIRFLOW_ON_AWS_PROJECTS": str(folder / "projects"),
            "AIRFLOW_ON_AWS_PROJECTS_CSV": str(table),
        }
        it = Fetching(Instance(airflow.home, url, airflow.password, environment), sales, ops, folder / "fetched")
        ops.create_bucket(Bucket=BUCKET)
        ops.put_object(Bucket=BUCKET, Key=f"{PREFIX}README.md", Body=b"No DAG yet.")
        with running(it.airflow, folder):
            yield it


@contextlib.contextmanager
def running(airflow: Instance, folder: Path) -> Iterator[None]:
    """Run the components, each with its output in a file."""
    processes = {}
    try:
        for name, options in COMPONENTS.items():
            with (folder / f"{name}.log").open("ab") as output:
                processes[name] = subprocess.Popen(
                    [AIRFLOW, name, *options], env=airflow.environment, cwd=folder, stdout=output, stderr=output
                )
        wait_for(f"{airflow.url}/api/v2/version", processes["api-server"], folder / "api-server.log")
        yield
    finally:
        parents = [psutil.Process(process.pid) for process in processes.values() if process.poll() is None]
        for process in [*(child for one in parents for child in one.children(recursive=True)), *parents]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for started in processes.values():
            started.wait()


def test_a_git_bundles_dag_runs_at_its_commit_and_a_push_is_fetched_automatically(fetching: Fetching) -> None:
    airflow, repository = fetching.airflow, fetching.sales
    commit = repository.git("rev-parse", "HEAD").strip()
    eventually(lambda: known(airflow, "sales__one/details"), "the DAG of the git bundle")
    assert outcome(run_dag(airflow, "sales__one"), "first") == ("success", commit, read_from(fetching, "sales", commit))

    commit = repository.change({"dags/one.py": FLOW.format(id="sales__one", task="second")})
    eventually(lambda: fetching.tasks("sales__one") == ["second"] or None, "the push")
    assert outcome(run_dag(airflow, "sales__one"), "second") == (
        "success",
        commit,
        read_from(fetching, "sales", commit),
    )


def test_a_dag_without_its_projects_prefix_is_refused(fetching: Fetching) -> None:
    fetching.sales.change({"dags/foreign.py": DAG.format(id="ops__foreign")})

    def refused() -> str | None:
        errors = fetching.airflow.api("GET", "/api/v2/importErrors")["import_errors"]
        return next((one["stack_trace"] for one in errors if one["filename"].endswith("foreign.py")), None)

    assert "ops__foreign: the DAG id does not begin with sales__" in eventually(refused, "the refusal")
    assert known(fetching.airflow, "ops__foreign") is None


def test_import_dags_refreshes_an_s3_bundle_even_for_its_first_dag(fetching: Fetching) -> None:
    airflow = fetching.airflow
    seen = "select 1 from dag_bundle where name = 'ops' and last_refreshed is not null"
    eventually(lambda: Database(airflow.environment[URL]).do(seen) or None, "the empty S3 bundle")
    for step in ("first", "second"):
        fetching.put(FLOW.format(id="ops__one", task=step))
        imported = run_dag(airflow, "admin__import_dags", {"project": "ops"})
        assert imported.state == "success", imported.errors("projects")
        lines = [line["event"] for line in imported.log("projects")]
        assert "ops: has its own bundle, which Airflow fetches itself" in lines
        eventually(lambda: known(airflow, "ops__one/details"), "the DAG of the S3 bundle")
        eventually(lambda step=step: fetching.tasks("ops__one") == [step] or None, "what was put into the bucket")
        assert outcome(run_dag(airflow, "ops__one"), step) == ("success", None, read_from(fetching, "ops"))


def outcome(ran: Run, task: str) -> tuple[str, str | None, str]:
    """Return a run's state, its bundle version, and the file from which its task was read."""
    version: str | None = ran.airflow.api("GET", ran.path)["bundle_version"]
    (line,) = [entry["event"] for entry in ran.log(task) if entry["event"].startswith("read from ")]
    return ran.state, version, line


def read_from(fetching: Fetching, bundle: str, commit: str | None = None) -> str:
    """Return the line that a task prints about its file."""
    place = f"versions/{commit}/dags/" if commit else ""
    return f"read from {fetching.fetched / bundle}/{place}one.py"
