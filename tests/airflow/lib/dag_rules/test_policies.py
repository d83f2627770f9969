import json
from pathlib import Path
from typing import Any

import pytest
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.sdk import DAG, BaseOperator
from airflow_on_aws.dag_rules.policies import dag_policy, task_policy
from airflow_on_aws.delivery.releases import ProjectFolder

ECS = "airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
CELERY = "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor"
REGISTERED = {"taskDefinition": "airflow-test-weather-task", "capacityProviderStrategy": []}


@pytest.fixture
def projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW_ON_AWS_PROJECTS", str(tmp_path))
    (tmp_path / "weather").mkdir()
    ProjectFolder(tmp_path, "weather").save_executor_config(REGISTERED)
    return tmp_path


def run_with(file: Path, **arguments: Any) -> Any:
    """Return the executor_config of a task whose DAG is in this file."""
    dag = DAG("weather__elt")
    dag.fileloc = str(file)
    task = BaseOperator(task_id="load", dag=dag, **arguments)
    task_policy(task)
    return task.executor_config


def test_a_projects_dag_needs_its_prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_ON_AWS_PROJECTS", str(tmp_path))
    for dag_id, file in (
        ("weather__elt", tmp_path / "weather/current/dags/a.py"),
        ("admin__x", tmp_path.parent / "a.py"),
    ):
        dag = DAG(dag_id)
        dag.fileloc = str(file)
        dag_policy(dag)
    dag.fileloc = str(tmp_path / "weather/current/dags/a.py")
    with pytest.raises(AirflowClusterPolicyViolation, match="admin__x: the DAG id does not begin with weather__"):
        dag_policy(dag)


@pytest.mark.parametrize("executor", [ECS, f"ecs:{ECS}", f"ecs:{ECS},{CELERY}"])
def test_a_projects_task_on_ecs_gets_its_projects_executor_config(
    projects: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    assert run_with(projects / "weather/current/dags/a.py") == REGISTERED
    sized = run_with(projects / "weather/current/dags/a.py", executor_config={"cpu": 2048, "memory": 8192})
    assert sized == {**REGISTERED, "overrides": {"cpu": "2048", "memory": "8192"}}
    assert run_with(projects.parent / "a.py", executor_config={"taskDefinition": "x"}) == {"taskDefinition": "x"}


def test_with_several_executors_the_tasks_executor_decides(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", f"{CELERY},ecs:{ECS}")
    assert run_with(projects / "weather/current/dags/a.py") == {}
    for name in ("ecs", ECS, "AwsEcsExecutor"):
        assert run_with(projects / "weather/current/dags/a.py", executor=name) == REGISTERED


def test_a_mapped_task_gets_the_executor_config_too(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", ECS)
    dag = DAG("weather__elt")
    dag.fileloc = str(projects / "weather/current/dags/a.py")
    with dag:
        task = BaseOperator.partial(task_id="load").expand(doc=["a", "b"])
    task_policy(task)
    assert task.executor_config == REGISTERED


@pytest.mark.parametrize(
    "config", [{"taskDefinition": "airflow-test-admin-task"}, {"overrides": {"taskRoleArn": "x"}}, {"cpu": "1024"}]
)
def test_a_projects_task_cannot_choose_another_role(
    projects: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any]
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", ECS)
    with pytest.raises(AirflowClusterPolicyViolation, match=r"weather__elt\.load: executor_config has"):
        run_with(projects / "weather/current/dags/a.py", executor_config=config)


def test_an_unregistered_projects_task_runs_with_the_platforms_definition(
    projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", ECS)
    assert run_with(projects / "sales/current/dags/a.py") == {}


def test_an_unchanged_executor_config_is_not_rewritten(projects: Path) -> None:
    file = projects / "weather/executor_config.json"
    assert json.loads(file.read_text()) == REGISTERED
    written = file.stat().st_mtime_ns
    folder = ProjectFolder(projects, "weather")
    folder.save_executor_config(REGISTERED)
    assert file.stat().st_mtime_ns == written
    folder.save_executor_config({})
    assert folder.executor_config == {}
