"""Fixture `celery`: an Airflow with the Celery executor, Redis, one worker, and an ECS that records its calls."""

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from company import AIRFLOW, free_port, wait_for
from databases import URL, Database
from ecs import Ecs
from instance import ROOT, Instance
from redis_server import Broker
from runs import eventually

DAGS = Path(__file__).with_name("celery_dags")
# Parts of variable names that no worker needs; the worker is started without them.
NOT_OF_WORKERS = ("DATABASE", "FERNET", "JWT_SECRET", "AIRFLOW_CONN_")
# Airflow's command line with shorter intervals than on AWS.
IMPATIENT = """
from airflow_on_aws.celery import task_protection
task_protection.DEPLOYMENT_CHECK_SECONDS = task_protection.IDLE_SECONDS = 2
from airflow.__main__ import main
main()
"""


@dataclass
class Celery:
    """The Airflow and its surroundings."""

    airflow: Instance
    database: Database
    broker: Broker
    ecs: Ecs
    folder: Path
    flower: str
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str | Path, without: tuple[str, ...] = (), **more: str) -> None:
        """Start a program; `without` lists parts of variable names to remove from its environment."""
        given = {k: v for k, v in self.airflow.environment.items() if not any(part in k for part in without)}
        with self.printed(name).open("ab") as output:
            self.processes[name] = subprocess.Popen(
                command, env=given | more, cwd=self.folder, stdout=output, stderr=output
            )

    def start_worker(self) -> None:
        """Start a worker as on ECS: without unneeded variables, and with its own home folder."""
        home = self.folder / "worker"
        home.mkdir(exist_ok=True)
        for name in ("config", "plugins"):
            (home / name).symlink_to(ROOT / "airflow" / name)
        own = {"AIRFLOW_HOME": str(home), "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs")}
        command = [sys.executable, "-c", IMPATIENT, "celery", "worker"]
        self.start("worker", *command, without=NOT_OF_WORKERS, **self.ecs.environment(), **own)

    def stop(self, name: str, how: int = signal.SIGTERM) -> int:
        """Stop a program and return its exit code."""
        process = self.processes.pop(name)
        process.send_signal(how)
        return process.wait(60)

    def printed(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def lines(self, name: str) -> str:
        return self.printed(name).read_text() if self.printed(name).exists() else ""

    def until(self, ask: Callable[[], Any], what: str, seconds: float = 40) -> Any:
        """Wait for the first answer that is not empty, and return it."""
        return eventually(lambda: ask() or None, what, seconds)


@pytest.fixture(scope="module")
def celery(airflow: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Celery]:
    """Airflow on a copy of the test Airflow's database, with its users."""
    folder = tmp_path_factory.mktemp("celery")
    ports = {free_port() for _ in range(8)}
    api, health, log_server, flower, broker_port = sorted(ports)[:5]
    ecs, broker = Ecs(), Broker(folder, broker_port)
    with Database.beside(airflow, "celery") as database:
        copy(airflow.environment[URL], database)
        environment = airflow.environment | {
            URL: database.url,
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": bundle(),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{api}/execution/",
            "AIRFLOW__API__PORT": str(api),
            "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{api}",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(health),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(log_server),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "tasks"),
            "AIRFLOW__CELERY__BROKER_URL": broker.url,
            "AIRFLOW__CELERY__RESULT_BACKEND": broker.url,
            "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
            "AIRFLOW_ON_AWS_FLOWER": f"http://127.0.0.1:{flower}",
        }
        url = f"http://127.0.0.1:{api}"
        it = Celery(
            Instance(airflow.home, url, airflow.password, environment), database, broker, ecs, folder, f"{url}/flower/"
        )
        try:
            broker.start()
            it.start("api-server", AIRFLOW, "api-server")
            it.start("scheduler", AIRFLOW, "scheduler", "--skip-serve-logs")
            it.start_worker()
            it.airflow.cli("dags", "reserialize")
            wait_for(f"{url}/api/v2/version", it.processes["api-server"], it.printed("api-server"))
            it.until(lambda: " ready." in it.lines("worker"), "the worker")
            yield it
        finally:
            # With their child processes: the scheduler's may wait for a broker that has stopped.
            parents = [psutil.Process(process.pid) for process in it.processes.values() if process.poll() is None]
            for process in [*(child for one in parents for child in one.children(recursive=True)), *parents]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            for started in it.processes.values():
                started.wait()
            broker.kill()
            ecs.shutdown()


def bundle() -> str:
    one = {
        "name": "celery",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(DAGS)},
    }
    return json.dumps([one])


def copy(url: str, database: Database) -> None:
    """Copy the database without runs. It takes 1 s; a migration takes 10 s."""

    def dsn(at: Database) -> str:
        return at.at.set(drivername="postgresql").render_as_string(hide_password=False)

    dump = subprocess.run(["pg_dump", dsn(Database(url))], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["psql", "-q", dsn(database)], input=dump, stdout=subprocess.DEVNULL, check=True)
    database.do("truncate dag, dag_run, dag_bundle, job cascade")
