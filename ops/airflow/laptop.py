"""Bring Airflow up on this machine, step by step, until all of it is well."""

import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from local_aws.ports import LOOPBACK
from modules.platform.components import MIGRATE
from ops.airflow import aws, postgres, processes, projects
from ops.airflow.api import HEALTH, HEALTH_COMPONENTS
from ops.airflow.environment import BIN, airflow_environment
from ops.airflow.home import AirflowHome
from ops.errors import OpsError
from ops.paths import ROOT

READY_WITHIN = 600.0  # seconds; 15 on two idle cores, many times that on busy ones


def start_airflow(home: AirflowHome, port: int | None, out: Console) -> None:
    """Starts PostgreSQL, migrates, starts the components and waits for them. Raises OpsError, naming the log."""
    if not (BIN / "airflow").exists():
        raise OpsError("Airflow is not installed: run `make airflow`, which installs it into .venv-airflow")
    began = time.monotonic()
    home.create(port)
    if port not in (None, home.generated.page_port):
        raise OpsError(
            f"the Airflow in {home.path} has port {home.generated.page_port}: `ops airflow stop --delete` it to move it"
        )
    with out.status("PostgreSQL"):
        postgres.start_server(home)
        postgres.create_database(home, "airflow")
    with out.status("migrating the metadata database"), ThreadPoolExecutor(1) as meanwhile:
        prepared = meanwhile.submit(_prepare, home)
        _migrate(home)
        prepared.result()
    weather = {"weather-api": (sys.executable, "-m", "ops.airflow.weather_api", str(home.generated.weather_port))}
    processes.start_components(home, airflow_environment(home), weather)
    _wait(home, out)
    out.print(f"Airflow is up ({time.monotonic() - began:.0f} s).", highlight=False)


def _prepare(home: AirflowHome) -> None:
    """Brings up the AWS, and what the projects need."""
    projects.prepare_projects(home, aws.start_local_aws(home), _version())


def stop_airflow(home: AirflowHome, *, at_once: bool = False) -> bool:
    """Stops everything, after the tasks that run unless `at_once`; False if nothing ran."""
    stopped = processes.stop_components(home, at_once=at_once)
    postgres.stop_server(home)
    if home.path.exists():
        aws.stop_local_aws(home)
    return stopped


def page_url(home: AirflowHome) -> str:
    """Where the page is."""
    return f"http://{LOOPBACK}:{home.generated.page_port}"


def component_health(home: AirflowHome) -> dict[str, str]:
    """The state of each component as the API has it; {} while it does not answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback never goes through a proxy
    try:
        with opener.open(f"{page_url(home)}{HEALTH}", timeout=10) as answer:
            states = json.load(answer)
    except (OSError, ValueError):
        return {}
    return {name: states.get(name, {}).get("status") or "not seen yet" for name in HEALTH_COMPONENTS}


def _version() -> str:
    """Of the Airflow that is installed here."""
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "airflow/requirements.txt").read_text(), re.MULTILINE)
    assert pinned  # noqa: S101 - `make lock` writes it
    return pinned[1]


def _migrate(home: AirflowHome) -> None:
    """Once for each set of packages: asking Airflow whether there is something to migrate takes as long as migrating."""
    packages = hashlib.sha256((ROOT / "airflow" / "requirements.txt").read_bytes()).hexdigest()
    done = home.path / "migrated"
    if done.exists() and done.read_text() == packages:
        return
    log = home.logs / "migration.log"
    with log.open("wb") as file:
        code = subprocess.run(
            MIGRATE,
            env={**airflow_environment(home), "ADMIN_PASSWORD": home.generated.admin_password},
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        raise OpsError(f"the migration ended with {code}: {_last_line(log)} (log: {log})")
    done.write_text(packages)


def _wait(home: AirflowHome, out: Console) -> None:
    deadline = time.monotonic() + READY_WITHIN
    states: dict[str, str] = {}
    with out.status("waiting for the components") as status:
        while time.monotonic() < deadline:
            states = component_health(home)
            if states and set(states.values()) == {"healthy"}:
                return
            if processes.find_supervisor(home) is None:
                raise OpsError(f"the processes ended at once: see {home.logs}/supervisord.log")
            missing = [name for name in HEALTH_COMPONENTS if states.get(name) != "healthy"]
            status.update(f"waiting for {', '.join(missing)}")
            time.sleep(0.5)
    raise OpsError(f"not all of Airflow is well after {READY_WITHIN:.0f} s: {states or 'no answer'}; see {home.logs}")


def _last_line(log: Path) -> str:
    return (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
