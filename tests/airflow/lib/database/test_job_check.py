"""The health checks of dag-processor and triggerer, on a real PostgreSQL with a running Airflow."""

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
    """The triggerer's only heartbeat, so long ago."""
    database = Database(environment[URL])
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    database.do("delete from job")
    database.do("insert into job values ('TriggererJob', %s, %s, %s)", state, host or min(job_check.names()), at)


@pytest.mark.parametrize("job", job_check.THRESHOLDS)
def test_the_job_that_runs_here_is_well(airflow: Instance, job: str) -> None:
    command = [sys.executable, "-m", "airflow_on_aws.database.job_check", job]

    def well() -> bool | None:
        done = subprocess.run(command, env=airflow.environment, capture_output=True, text=True, check=False)
        return (done.returncode, done.stdout + done.stderr) == (0, "") or None

    eventually(well, f"the heartbeat of the {job}")  # which is late where the machine is busy


def test_a_heartbeat_of_just_now_will_do(environment: dict[str, str]) -> None:
    beat(environment, seconds=20)
    job_check.check(environment, "TriggererJob")


@pytest.mark.parametrize(
    "found",
    [{"seconds": 40}, {"state": "success"}, {"host": "another-host"}],
    ids=["too old", "has ended", "of another host"],
)
def test_another_will_not(environment: dict[str, str], found: dict[str, object]) -> None:
    beat(environment, **found)  # type: ignore[arg-type]
    with pytest.raises(job_check.NotWellError, match=r"TriggererJob of .* has had no heartbeat for 30 s"):
        job_check.check(environment, "TriggererJob")


def test_nothing_but_its_own_job_will_do(environment: dict[str, str]) -> None:
    beat(environment)
    with pytest.raises(job_check.NotWellError):
        job_check.check(environment, "DagProcessorJob")


def test_a_host_whose_name_only_airflow_knows_is_not_looked_for(environment: dict[str, str]) -> None:
    beat(environment, host="another-host")
    job_check.check({**environment, job_check.HOSTNAME: "company.hosts.name"}, "TriggererJob")


@pytest.mark.parametrize(("job", "variable"), job_check.THRESHOLDS.items())
def test_how_old_a_heartbeat_may_be_is_airflows_setting(job: str, variable: str) -> None:
    section, key = variable.removeprefix("AIRFLOW__").lower().split("__")
    assert float(conf.get_default_value(section, key)) == job_check.SECONDS == health_check_threshold(job, 5)


def test_such_a_setting_is_heeded(environment: dict[str, str]) -> None:
    beat(environment, seconds=40)
    job_check.check({**environment, job_check.THRESHOLDS["TriggererJob"]: "60"}, "TriggererJob")


def test_airflow_calls_this_host_by_one_of_its_names() -> None:
    from airflow.utils.net import get_hostname

    assert get_hostname() in job_check.names()


def test_a_database_that_does_not_answer_is_one_line(airflow: Instance) -> None:
    at = Database(airflow.environment[URL]).at.set(port=1).render_as_string(hide_password=False)
    command = [sys.executable, "-m", "airflow_on_aws.database.job_check", "TriggererJob"]
    environment = {**airflow.environment, URL: at}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "does not answer" in done.stderr
