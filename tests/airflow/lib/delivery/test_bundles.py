"""Projects whose DAGs Airflow fetches itself: their registration by ImportDAGs, and their tasks' executor_config."""

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.providers.git.bundles.git import GitDagBundle
from airflow.sdk import DAG, BaseOperator
from airflow_on_aws.dag_rules.policies import dag_policy, task_policy
from airflow_on_aws.delivery import project_delivery
from airflow_on_aws.delivery.bundles import fetched_bundles
from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver, register
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from repository import Repository

ECS = "airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
LOCAL = "airflow.dag_processing.bundles.local.LocalDagBundle"
REGISTERED = {"taskDefinition": "airflow-test-sales-task"}


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder to which ImportDAGs delivers; `sales` has a bundle, which is fetched to `fetched`."""
    config = [
        {"name": "projects", "classpath": LOCAL, "kwargs": {}},
        {"name": "sales", "classpath": "airflow.providers.git.bundles.git.GitDagBundle", "kwargs": {}},
    ]
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", json.dumps(config))
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path / "fetched"))
    monkeypatch.setenv("AIRFLOW_ON_AWS_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", ECS)
    return tmp_path / "projects"


@pytest.fixture
def fetched(projects: Path) -> Path:
    return projects.parent / "fetched"


def dag_of(file: Path, dag_id: str = "sales__elt") -> DAG:
    dag = DAG(dag_id)
    dag.fileloc = str(file)
    return dag


def run_with(file: Path) -> Any:
    """Return the executor_config of a task whose DAG is in this file."""
    task = BaseOperator(task_id="load", dag=dag_of(file))
    task_policy(task)
    return task.executor_config


@pytest.mark.usefixtures("projects")
def test_the_platforms_local_folders_are_not_fetched_bundles() -> None:
    assert fetched_bundles() == {"sales"}


@pytest.mark.parametrize("where", ["sales/tracking_repo/dags", "sales/versions/3f2a/dags", "sales"])
def test_a_task_of_a_bundle_gets_its_projects_executor_config(projects: Path, fetched: Path, where: str) -> None:
    register(Project("sales", "https://example.org/sales.git", executor_config=REGISTERED), projects)
    register(Project("hr", "https://example.org/hr.git", executor_config={"taskDefinition": "x"}), projects)
    assert run_with(fetched / where / "elt.py") == REGISTERED


@pytest.mark.usefixtures("projects")
def test_a_task_of_an_unregistered_projects_bundle_is_refused_on_ecs_only(
    fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AirflowClusterPolicyViolation, match=r"sales__elt\.load: .* deploy its workflows, and run Imp"):
        run_with(fetched / "sales/tracking_repo/dags/elt.py")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    assert run_with(fetched / "sales/tracking_repo/dags/elt.py") == {}


@pytest.mark.usefixtures("projects")
def test_a_dag_of_a_bundle_needs_its_projects_prefix(fetched: Path) -> None:
    dag_policy(dag_of(fetched / "sales/elt.py"))
    with pytest.raises(AirflowClusterPolicyViolation, match="hr__elt: the DAG id does not begin with sales__"):
        dag_policy(dag_of(fetched / "sales/elt.py", "hr__elt"))


def test_dags_that_were_delivered_before_the_bundle_existed_are_refused(projects: Path) -> None:
    dag_policy(dag_of(projects / "hr/current/dags/elt.py", "hr__elt"))
    with pytest.raises(AirflowClusterPolicyViolation, match=r"sales now has its own bundle, .* run ImportDAGs"):
        dag_policy(dag_of(projects / "sales/current/dags/elt.py"))


def test_register_removes_the_links_and_keeps_the_releases(
    projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])
    repository = Repository(tmp_path / "repository")
    sales = Project("sales", repository.url, executor_config=REGISTERED)
    commit = repository.dag("sales__one", **{"requirements.txt": "# none"})
    deliver(sales, projects)
    folder = ProjectFolder(projects, "sales")
    assert project_delivery.outdated_projects([sales], projects) == [sales]

    register(sales, projects)
    assert (folder.current, folder.environment, folder.executor_config) == (None, None, REGISTERED)
    assert project_delivery.outdated_projects([sales], projects) == []

    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", "[]")
    assert project_delivery.outdated_projects([sales], projects) == [sales]
    assert deliver(sales, projects) == commit
    assert folder.current == folder.releases / commit


def test_a_new_role_of_a_project_with_a_bundle_is_registered_again(projects: Path) -> None:
    url = "https://example.org/sales.git"
    register(Project("sales", url, executor_config=REGISTERED), projects)
    moved = Project("sales", url, executor_config={"taskDefinition": "other"})
    assert project_delivery.outdated_projects([moved], projects) == [moved]
    register(moved, projects)
    assert ProjectFolder(projects, "sales").executor_config == {"taskDefinition": "other"}


def test_an_unwritable_folder_is_reported_on_one_line(projects: Path) -> None:
    projects.write_text("a file")
    with pytest.raises(DeliveryError, match=r"^sales: .*Not a directory"):
        register(Project("sales", "https://example.org/sales.git"), projects)


@pytest.mark.parametrize(
    ("connection_id", "url"),
    [
        ("sales_git", "https://x-access-token:a%2Fb@example.org/sales.git"),
        ("git_default", "https://example.org/sales.git"),
    ],
)
def test_a_token_is_sent_only_to_the_repository_of_its_connection(
    monkeypatch: pytest.MonkeyPatch, connection_id: str, url: str
) -> None:
    connection = {"conn_type": "git", "login": "x-access-token", "password": "a/b"}
    monkeypatch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(connection))
    bundle = GitDagBundle(
        name="sales", repo_url="https://example.org/sales.git", tracking_ref="main", git_conn_id="sales_git"
    )
    assert bundle.repo_url == url
    assert "a%2Fb" not in (bundle.view_url_template() or "")
