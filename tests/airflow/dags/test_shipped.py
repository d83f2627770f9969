import subprocess
import sys

from instance import ROOT, Instance
from runs import start_dag


def test_the_platforms_dags_pass_the_checks() -> None:
    command = [sys.executable, "-m", "airflow_on_aws.dag_rules.checks", str(ROOT / "airflow/dags")]
    environment = {"PYTHONPATH": str(ROOT / "airflow/lib")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_tutorials_run_without_a_logical_date(airflow: Instance) -> None:
    both = (
        start_dag(airflow, "tutorial__classic", {"greeting": "hello; exit 1"}),
        start_dag(airflow, "tutorial__taskflow"),
    )
    classic, taskflow = (end() for end in both)
    assert classic.state == "success"
    assert "HELLO; EXIT 1" in [line["event"] for line in classic.log("shout")]
    assert taskflow.state == "success"
    assert "harbor is the warmest, 12.7 °C on average" in [line["event"] for line in taskflow.log("warmest")]
