"""What the dag-processor refuses or sets in any DAG, however it got there; config/airflow_local_settings.py hands it to Airflow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow_on_aws.delivery import bundles
from airflow_on_aws.delivery.releases import ProjectFolder, projects_folder

# What a task may say of the container that it runs in: CPU units, and MiB.
SIZES = ("cpu", "memory")


def dag_policy(dag: Any) -> None:
    """A project's DAG has its project's prefix, also when its id is made up anew each time the file is read."""
    project = _project(dag)
    if project and not dag.dag_id.startswith(f"{project}__"):
        raise AirflowClusterPolicyViolation(f"{dag.dag_id}: the DAG id does not begin with {project}__; rename it")
    if project and _below(projects_folder(), dag) and project in bundles.names():
        raise AirflowClusterPolicyViolation(
            f"{dag.dag_id}: {project} has a bundle of its own, and this is what was imported before; run ImportDAGs"
        )


def task_policy(task: Any) -> None:
    """A project's task on ECS runs with its project's task definition and role, and never with another's."""
    project = _project(task.dag) if task.dag else None
    if not project:
        return
    said: Mapping[str, Any] = task.executor_config or {}
    if _on_ecs(task.executor):
        who = f"{task.dag_id}.{task.task_id}"
        config = ProjectFolder(projects_folder(), project).executor_config
        if not config and _below(bundles.folder(), task.dag):
            raise AirflowClusterPolicyViolation(
                f"{who}: nobody knows what tasks of {project} are run with; deploy its workflows, and run ImportDAGs"
            )
        config = _sized(config, said, who)
        if isinstance(task, MappedOperator):
            task.partial_kwargs["executor_config"] = config
        else:
            task.executor_config = config


def _project(dag: Any) -> str | None:
    """Whose DAG that is, if it is a project's."""
    return _below(projects_folder(), dag) or _below(bundles.folder(), dag)


def _below(folder: Path, dag: Any) -> str | None:
    """In which folder of that one the DAG's file lies."""
    path = Path(dag.fileloc)  # as the file is called, not where the link `current` leads to
    return path.relative_to(folder).parts[0] if path.is_relative_to(folder) else None


def _on_ecs(executor: str | None) -> bool:
    """Whether a task with that `executor=` is run by the ECS executor, as `[core] executor` names it."""
    names = [name.partition(":") for name in conf.get_mandatory_value("core", "executor").split(",")]
    by_name = {word: path or alias for alias, _, path in names for word in (alias, path, path.rpartition(".")[2])}
    return by_name.get(executor or names[0][0], "").endswith(".AwsEcsExecutor")


def _sized(config: dict[str, Any], said: Mapping[str, Any], who: str) -> dict[str, Any]:
    for key, value in said.items():
        if key not in SIZES or not isinstance(value, int):
            raise AirflowClusterPolicyViolation(
                f"{who}: executor_config has {key} = {value!r}; a project's task may say cpu and memory, as whole numbers: "
                "which task definition and role it runs with is its project's"
            )
    return {**config, "overrides": {key: str(value) for key, value in said.items()}} if said else config
