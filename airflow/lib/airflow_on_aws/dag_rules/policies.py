"""Cluster policies: rules that the dag-processor applies to every DAG. config/airflow_local_settings.py exports them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.configuration import conf
from airflow.exceptions import AirflowClusterPolicyViolation
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow_on_aws.delivery.bundles import bundle_storage_folder, fetched_bundles
from airflow_on_aws.delivery.releases import ProjectFolder, projects_folder

# Keys that a project's task may set in executor_config: CPU units, and memory in MiB.
SIZES = ("cpu", "memory")


def dag_policy(dag: Any) -> None:
    """Refuse a project's DAG whose id does not begin with the project's prefix, even an id that is computed at import."""
    project = _project(dag)
    if project and not dag.dag_id.startswith(f"{project}__"):
        raise AirflowClusterPolicyViolation(f"{dag.dag_id}: the DAG id does not begin with {project}__; rename it")
    if project and _first_folder_below(projects_folder(), dag) and project in fetched_bundles():
        raise AirflowClusterPolicyViolation(
            f"{dag.dag_id}: {project} now has its own bundle, and this file was delivered before; run ImportDAGs"
        )


def task_policy(task: Any) -> None:
    """Run a project's task on ECS with the task definition and role of its project, and no other."""
    project = _project(task.dag) if task.dag else None
    if not project:
        return
    requested: Mapping[str, Any] = task.executor_config or {}
    if _runs_on_ecs(task.executor):
        name = f"{task.dag_id}.{task.task_id}"
        config = ProjectFolder(projects_folder(), project).executor_config
        if not config and _first_folder_below(bundle_storage_folder(), task.dag):
            raise AirflowClusterPolicyViolation(
                f"{name}: the task definition of {project} is unknown; deploy its workflows, and run ImportDAGs"
            )
        config = _with_sizes(config, requested, name)
        if isinstance(task, MappedOperator):
            task.partial_kwargs["executor_config"] = config
        else:
            task.executor_config = config


def _project(dag: Any) -> str | None:
    """Return the project that the DAG belongs to, if any."""
    return _first_folder_below(projects_folder(), dag) or _first_folder_below(bundle_storage_folder(), dag)


def _first_folder_below(folder: Path, dag: Any) -> str | None:
    """Return the name of the subfolder of `folder` that contains the DAG's file, if any."""
    path = Path(dag.fileloc)  # not resolved: the link `current` leads elsewhere
    return path.relative_to(folder).parts[0] if path.is_relative_to(folder) else None


def _runs_on_ecs(executor: str | None) -> bool:
    """Resolve a task's `executor=`, or else the default, against `[core] executor`."""
    names = [name.partition(":") for name in conf.get_mandatory_value("core", "executor").split(",")]
    by_name = {word: path or alias for alias, _, path in names for word in (alias, path, path.rpartition(".")[2])}
    return by_name.get(executor or names[0][0], "").endswith(".AwsEcsExecutor")


def _with_sizes(config: dict[str, Any], requested: Mapping[str, Any], task: str) -> dict[str, Any]:
    for key, value in requested.items():
        if key not in SIZES or not isinstance(value, int):
            raise AirflowClusterPolicyViolation(
                f"{task}: executor_config has {key} = {value!r}; a project's task can only set cpu and memory, as whole "
                "numbers: its project determines its task definition and role"
            )
    if not requested:
        return config
    return {**config, "overrides": {key: str(value) for key, value in requested.items()}}
