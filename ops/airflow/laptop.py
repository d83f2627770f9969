"""Start and stop of the Airflow of this machine: AWS, PostgreSQL, migration, components."""

import hashlib
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from local_aws import server
from local_aws.ports import LOOPBACK
from modules.platform.components import MIGRATE
from ops.airflow import aws, postgres, processes, projects
from ops.airflow.api import HEALTH_COMPONENTS, Api
from ops.airflow.environment import BIN, airflow_environment
from ops.airflow.home import AirflowHome
from ops.errors import OpsError
from ops.paths import ROOT
from ops.terminal import print_text

READY_WITHIN = 600.0  # seconds; a start takes 15 s on two idle cores, and much longer on busy ones


def start_airflow(home: AirflowHome, port: int | None, out: Console) -> None:
    """Start PostgreSQL, migrate, start the components, and wait until they are healthy. Raises OpsError with the log's path."""
    if not (BIN / "airflow").exists():
        raise OpsError("Airflow is not installed: run `make airflow`, which installs it into .venv-airflow")
    began = time.monotonic()
    home.create(port)
    if port not in (None, home.generated.page_port):
        raise OpsError(
            f"the Airflow in {home.path} uses port {home.generated.page_port}: to change it, first run `ops airflow stop --delete`"
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
    print_text(out, f"Airflow is up ({time.monotonic() - began:.0f} s).")


def _prepare(home: AirflowHome) -> None:
    """Start AWS, and create what the projects need."""
    projects.prepare_projects(home, aws.start_local_aws(home), _version())


def stop_airflow(home: AirflowHome, *, at_once: bool = False) -> bool:
    """Stop everything, after running tasks have finished unless `at_once`. Return False if nothing was running."""
    stopped = processes.stop_components(home, at_once=at_once)
    postgres.stop_server(home)
    if home.path.exists():
        server.stop(home.path)  # and delete its buckets; the local AWS of the checkout keeps running
    return stopped


def page_url(home: AirflowHome) -> str:
    """Return the URL of Airflow's page."""
    return f"http://{LOOPBACK}:{home.generated.page_port}"


def component_health(home: AirflowHome) -> dict[str, str]:
    """Return the state of each component, or {} while the API does not answer."""
    try:
        return Api(page_url(home), "", timeout=10).health()
    except OpsError:
        return {}


def _version() -> str:
    """Return the version of the Airflow that is installed here."""
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "airflow/requirements.txt").read_text(), re.MULTILINE)
    assert pinned  # noqa: S101 - `make lock` writes this line
    return pinned[1]


def _migrate(home: AirflowHome) -> None:
    """Migrate once for each set of packages: checking whether it is needed takes as long as the migration."""
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
        last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
        raise OpsError(f"the migration failed with exit code {code}: {last} (log: {log})")
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
                raise OpsError(f"Airflow's processes ended right after the start: see {home.logs}/supervisord.log")
            missing = [name for name in HEALTH_COMPONENTS if states.get(name) != "healthy"]
            status.update(f"waiting for {', '.join(missing)}")
            time.sleep(0.5)
    raise OpsError(f"Airflow is not healthy after {READY_WITHIN:.0f} s: {states or 'no answer'}; see {home.logs}")
