"""Names of Airflow's executors.

What the scheduler needs for an executor is in ecs_executor.py and celery.py.
"""

from typing import Literal

ExecutorName = Literal["ecs", "celery", "local", "celery,ecs"]
"""Of several the first is where a task runs that does not say ``executor=``."""
# The container of a task definition that runs the task.
TASK_CONTAINER = "airflow-task"


# As Airflow is told; what is before the colon is what a task says as ``executor=``.
_CLASSES = {
    "ecs": "ecs:airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor",
    "celery": "celery:airflow.providers.celery.executors.celery_executor.CeleryExecutor",
    "local": "LocalExecutor",
}


def executor_setting(executor: ExecutorName) -> str:
    """The value of ``[core] executor``."""
    return ",".join(_CLASSES[name] for name in executor.split(","))


def has(executor: ExecutorName, name: Literal["ecs", "celery", "local"]) -> bool:
    """Whether that is one of them."""
    return name in executor.split(",")


def shared_container_condition(executor: str) -> str:
    """A Terraform condition on the value of ``[core] executor``: tasks of several projects may run in one container."""
    return " || ".join(f'strcontains("{executor}", "{name}")' for name in ("LocalExecutor", "CeleryExecutor"))
