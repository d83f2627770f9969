"""Where tasks run. An executor is a value: what the scheduler needs for it.

Another executor is another function here and another name in ExecutorName.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from modules.container import Container
from modules.iam import Statement
from modules.settings import variable

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


@dataclass(frozen=True)
class Executor:
    """What an executor asks of the scheduler."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    beside: Sequence[Container] = ()
    """Containers that run in the scheduler's task."""

    def __add__(self, other: "Executor") -> "Executor":
        """Both, for a scheduler that has several."""
        return Executor(
            {**self.settings, **other.settings},
            {**self.secrets, **other.secrets},
            [*self.statements, *other.statements],
            [*self.beside, *other.beside],
        )


def setting(executor: ExecutorName) -> str:
    """The value of ``[core] executor``."""
    return ",".join(_CLASSES[name] for name in executor.split(","))


def has(executor: ExecutorName, name: Literal["ecs", "celery", "local"]) -> bool:
    """Whether that is one of them."""
    return name in executor.split(",")


def shares(executor: str) -> str:
    """A Terraform condition on the value of ``[core] executor``: tasks of several projects may run in one container."""
    return " || ".join(f'strcontains("{executor}", "{name}")' for name in ("LocalExecutor", "CeleryExecutor"))


def ecs(
    *,
    cluster_name: str,
    cluster_arn: str,
    region: str,
    subnet_ids: Sequence[str],
    assign_public_ip: bool,
    security_group_id: str,
    family: str,
    spot: bool,
    family_arns: str,
    task_arns: str,
    role_arns: Sequence[str],
) -> Executor:
    """Every Airflow task is a Fargate task of its own, with its project's role."""
    provider = "FARGATE_SPOT" if spot else "FARGATE"
    settings = {
        "cluster": cluster_name,
        "container_name": TASK_CONTAINER,
        "region_name": region,
        "subnets": ",".join(subnet_ids),
        "assign_public_ip": str(assign_public_ip),
        "security_groups": security_group_id,
        "task_definition": family,
        # Not the setting of that name: the provider (9.36) hands its text to boto3, which wants a list.
        "run_task_kwargs": json.dumps({"capacity_provider_strategy": [{"capacityProvider": provider, "weight": 1}]}),
        # Empty: the scheduler's own role, not a connection.
        "conn_id": "",
    }
    return Executor(
        {variable("aws_ecs_executor", key): value for key, value in settings.items()},
        statements=[
            run_tasks(family_arns, cluster_arn),
            # Also stopped at its start: a task that does not exist, to see whether it may.
            watch_tasks(task_arns),
            pass_roles(role_arns),
        ],
    )


def run_tasks(family_arns: str, cluster_arn: str) -> Statement:
    """Runs the task definitions of this environment on its cluster."""
    return Statement("RunTasks", ["ecs:RunTask"], [family_arns], conditions={"ArnEquals": {"ecs:cluster": cluster_arn}})


def watch_tasks(task_arns: str) -> Statement:
    """Looks after the tasks of one cluster."""
    return Statement("WatchTasks", ["ecs:DescribeTasks", "ecs:StopTask"], [task_arns])


def pass_roles(role_arns: Sequence[str]) -> Statement:
    """Gives these roles to ECS tasks, and to nothing else."""
    return Statement(
        "PassRoles",
        ["iam:PassRole"],
        role_arns,
        conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )
