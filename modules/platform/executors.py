"""Names of Airflow's executors.

ecs_executor.py and celery.py have the scheduler's requirements.
"""

from typing import Literal

ExecutorName = Literal["ecs", "celery", "local", "celery,ecs"]
"""With several, a task without ``executor=`` runs in the first."""
# The container of a task definition that runs the task.
TASK_CONTAINER = "airflow-task"


# Airflow's classes; the name before the colon is the value of a task's ``executor=``.
_CLASSES = {
    "ecs": "ecs:airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor",
    "celery": "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor",
    "local": "LocalExecutor",
}


def executor_setting(executor: ExecutorName) -> str:
    """Return the value of ``[core] executor``."""
    return ",".join(_CLASSES[name] for name in executor.split(","))


def has(executor: ExecutorName, name: Literal["ecs", "celery", "local"]) -> bool:
    """Return True if ``executor`` includes ``name``."""
    return name in executor.split(",")


def shared_container_condition(executor: str) -> str:
    """Return a Terraform condition on the value of ``[core] executor``: tasks of several projects may run in one container."""
    return " || ".join(f'strcontains("{executor}", "{name}")' for name in ("LocalExecutor", "CeleryExecutor"))
