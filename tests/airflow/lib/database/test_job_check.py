"""Health checks of dag-processor and triggerer, on a real PostgreSQL with a running Airflow."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from airflow.configuration import conf
from airflow.jobs.job import health_check_threshold
from airflow_on_aws.database import job_check
from databases import URL, Database
from instance import Instance
from runs import eventually


@pytest.fixture(scope="module")
def environment(airflow: Instance) -> Iterator[dict[str, str]]:
    with Database.beside(airflow, "jobs") as database:
        database.do(
            "create table job (job_type text, state text, hostname text, latest_heartbeat timestamptz)",
        )
        yield {URL: database.url}


def beat(environment: dict[str, str], *, seconds: int = 0, state: str = "running", host: str | None = None) -> None:
    """Replace all heartbeats by a single heartbeat of the triggerer, `seconds` ago."""
    database = Database(environment[URL])
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    database.do("delete from job")
    database.do(
        "insert into job values ('TriggererJob', %s, %s, %s)", state, host or min(job_check.own_hostnames()), at
    )


@pytest.mark.parametrize("job", job_check.THRESHOLDS)
def test_a_running_job_is_healthy(airflow: Instance, job: str) -> None:
    command = [sys.executable, "-m", "airflow_on_aws.database.job_check", job]

    def well() -> bool | None:
        done = subprocess.run(command, env=airflow.environment, capture_output=True, text=True, check=False)
        return (done.returncode, done.stdout + done.stderr) == (0, "") or None

    eventually(well, f"the heartbeat of the {job}")  # it may be late on a busy machine


def test_a_recent_heartbeat_is_healthy(environment: dict[str, str]) -> None:
    beat(environment, seconds=20)
    job_check.check_heartbeat(environment, "TriggererJob")


@pytest.mark.parametrize(
    "found",
    [{"seconds": 40}, {"state": "success"}, {"host": "another-host"}],
    ids=["too old", "has ended", "of another host"],
)
def test_an_old_or_foreign_heartbeat_is_unhealthy(environment: dict[str, str], found: dict[str, object]) -> None:
    beat(environment, **found)  # type: ignore[arg-type]
    with pytest.raises(job_check.UnhealthyError, match=r"TriggererJob on .* has had no heartbeat for 30 s"):
        job_check.check_heartbeat(environment, "TriggererJob")


def test_the_heartbeat_of_another_job_type_is_unhealthy(environment: dict[str, str]) -> None:
    beat(environment)
    with pytest.raises(job_check.UnhealthyError):
        job_check.check_heartbeat(environment, "DagProcessorJob")


def test_with_hostname_callable_any_hosts_heartbeat_is_healthy(environment: dict[str, str]) -> None:
    beat(environment, host="another-host")
    job_check.check_heartbeat({**environment, job_check.HOSTNAME: "company.hosts.name"}, "TriggererJob")


@pytest.mark.parametrize(("job", "variable"), job_check.THRESHOLDS.items())
def test_the_threshold_is_airflows_default(job: str, variable: str) -> None:
    section, key = variable.removeprefix("AIRFLOW__").lower().split("__")
    assert float(conf.get_default_value(section, key)) == job_check.DEFAULT_SECONDS == health_check_threshold(job, 5)


def test_the_threshold_can_be_set(environment: dict[str, str]) -> None:
    beat(environment, seconds=40)
    job_check.check_heartbeat({**environment, job_check.THRESHOLDS["TriggererJob"]: "60"}, "TriggererJob")


def test_airflows_name_for_this_host_is_known() -> None:
    from airflow.utils.net import get_hostname

    assert get_hostname() in job_check.own_hostnames()


def test_an_unreachable_database_is_reported_on_one_line(airflow: Instance) -> None:
    at = Database(airflow.environment[URL]).at.set(port=1).render_as_string(hide_password=False)
    command = [sys.executable, "-m", "airflow_on_aws.database.job_check", "TriggererJob"]
    environment = {**airflow.environment, URL: at}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "does not answer" in done.stderr
