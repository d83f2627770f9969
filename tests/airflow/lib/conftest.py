import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_on_aws.delivery.registry import Project
from instance import Instance
from pytest_httpserver import HTTPServer
from repository import Repository
from runs import connect, eventually, known, start_dag
from secrets_and_slack import TOKEN, Outcome, serve_connect

DAGS = Path(__file__).with_name("secrets_and_slack_dags.py")


@pytest.fixture(scope="session")
def outcome(airflow: Instance) -> Iterator[Outcome]:
    """Run the DAGs in secrets_and_slack_dags.py to their end."""
    folder = airflow.home / "projects" / "hooks"
    dag_ids = ("hooks__secrets", "hooks__slack")
    with HTTPServer() as onepassword, HTTPServer() as slack:
        serve_connect(onepassword)
        hook = "/services/T1/B1/x1"
        slack.expect_request(hook).respond_with_data("ok")
        connect(airflow, "hooks_onepassword", "http", host=onepassword.url_for("").rstrip("/"), password=TOKEN)
        connect(airflow, "hooks_slack", "slackwebhook", password=slack.url_for(hook))
        connect(airflow, "hooks_slack_that_is_away", "slackwebhook", password=f"http://127.0.0.1:9{hook}")
        folder.mkdir(parents=True)
        shutil.copy(DAGS, folder)
        for dag_id in dag_ids:
            # Airflow lists a DAG shortly before it can run it.
            eventually(lambda dag_id=dag_id: known(airflow, f"{dag_id}/details"), f"the DAG {dag_id}")
        ends = {dag_id: start_dag(airflow, dag_id) for dag_id in dag_ids}
        yield Outcome(airflow, slack, {dag_id: end() for dag_id, end in ends.items()})
        shutil.rmtree(folder)


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    return tmp_path / "projects"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


@pytest.fixture
def weather(repository: Repository) -> Project:
    return Project("weather", repository.url)
