"""The commands of the page "Your first project", run as written, from installation to a DAG run and back.

The tests run in their order; each runs the next few commands of the page.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import psycopg2  # type: ignore[import-untyped]
import pytest

from tests.checkout import ROOT, Checkout
from tests.first_project.page import Step, steps
from tests.programs import missing

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/how-to/first-project.md"
# Commands of the page, and their equivalents where everything is installed already.
TYPED = {
    "make demo": ["python", "-m", "fast_synth", "-m", "ops", "demo"],
    "make down": ["python", "-m", "fast_synth", "-m", "ops", "down"],
    "pipenv run ops": ["python", "-m", "fast_synth", "-m", "ops"],
    "pipenv run cdktf": ["python", "-m", "fast_synth", "-m", "ops.cdktf"],
}


class Reader:
    """Reader who runs the commands of the page in their order."""

    def __init__(self, checkout: Checkout, say: Callable[[str], None]) -> None:
        self.checkout = checkout
        self.left = list(steps(PAGE))
        self.say = say

    def types(self, beginning: str, code: int = 0) -> str:
        """Run the next command, which must start with `beginning`; it must print what the page shows."""
        step: Step = self.left.pop(0)
        assert step.command.startswith(beginning)
        typed = next(typed for typed in TYPED if step.command.startswith(typed))
        words = step.command.removeprefix(typed).split()
        began = time.monotonic()
        done = self.checkout.run(*TYPED[typed], *words, code=code)
        # The durations on the page are from this output.
        self.say(f"{time.monotonic() - began:6.0f} s  {step.command}")
        output = (done.stdout + done.stderr).replace(str(self.checkout.path.parent), "/home/you")
        print(f"$ {step.command}\n{output}")
        assert step.untrue(output) == [], output
        return output


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Reader]:
    if not (ROOT / ".venv-airflow/bin/airflow").exists():
        missing("Airflow is not installed: make .venv-airflow/.installed")
    checkout = Checkout.make(tmp_path_factory.mktemp("home") / "airflow-on-aws")
    (checkout.path / ".venv-airflow").symlink_to(ROOT / ".venv-airflow")
    # Another test's Airflow may use the default port, 8080, by the time that this test starts its own.
    ours = "from ops.airflow.home import DEFAULT_HOME, AirflowHome, ports; AirflowHome(DEFAULT_HOME).create(ports.choose(None))"
    checkout.run("python", "-c", ours)
    try:
        yield Reader(checkout, said_at_once(request.config))
    finally:
        checkout.ops("airflow", "stop", "--delete")
        checkout.ops("local-aws", "stop")


def said_at_once(config: pytest.Config) -> Callable[[str], None]:
    """Write a line to pytest's terminal."""
    capture, terminal = (config.pluginmanager.getplugin(name) for name in ("capturemanager", "terminalreporter"))

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            terminal.write_line(line)

    return say


def test_a_second_demo_changes_nothing_and_prints_that(reader: Reader) -> None:
    assert "Deployed (" in reader.types("make demo")
    again = reader.checkout.ops("demo").stdout
    assert "Nothing changed" in again
    assert "Deployed" not in again


def test_a_project_is_created_and_deployed(reader: Reader) -> None:
    reader.types("pipenv run ops new-project sales")
    assert (reader.checkout.path.parent / "sales-workflows/dags/elt.py").exists()
    reader.types("pipenv run cdktf deploy")


def test_its_dag_runs_and_writes_to_the_bucket_and_to_the_target(reader: Reader) -> None:
    output = reader.types("pipenv run ops run-project sales")
    # Before six o'clock, the scheduled run has another day.
    (day,) = set(re.findall(r"observations/KSTL/([\d-]+)\.json", output))
    s3 = reader.checkout.client("s3")
    bucket = "airflow-local-sales-files-000000000000"
    keys = {one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    work_file = f"observations/KSTL/{day}.json"
    assert {work_file, f"reports/KSTL/{day}.html"} <= keys
    stored = json.load(s3.get_object(Bucket=bucket, Key=work_file)["Body"])
    times = [one["properties"]["timestamp"] for one in stored["features"]]
    assert len(times) == 24

    home = reader.checkout.path / ".local/airflow"
    target = json.loads((home / "connections.json").read_text())["sales_target"]
    secret = reader.checkout.client("secretsmanager").get_secret_value(
        SecretId="airflow-local/infrastructure/sales/target-password"
    )
    assert target["password"] == secret["SecretString"]
    where = {name: target[name] for name in ("host", "port", "password")}
    with psycopg2.connect(user=target["login"], dbname=target["schema"], **where) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "select observed_at from observations where (observed_at at time zone 'UTC')::date = %s order by 1", (day,)
        )
        assert [at for (at,) in cursor.fetchall()] == [datetime.fromisoformat(time) for time in times]


def test_a_project_with_data_is_removed_only_with_delete_data(reader: Reader) -> None:
    refused = reader.types("pipenv run ops remove-project sales --env local", code=1)
    assert refused.count("\n") == 1
    reader.types("pipenv run ops remove-project sales --env local --delete-data sales")
    assert not (reader.checkout.path / "environments/local/projects/sales.tfvars").exists()
    assert not (reader.checkout.path / ".local/airflow/projects/sales").exists()
    assert (reader.checkout.path.parent / "sales-workflows").exists()
    left = [one["Name"] for one in reader.checkout.client("s3").list_buckets()["Buckets"]]
    assert "airflow-local-weather-files-000000000000" in left
    assert [name for name in left if "sales" in name] == []


def test_every_command_of_the_page_has_been_run(reader: Reader) -> None:
    reader.types("make down")
    assert reader.left == []
