"""Where tasks run. An executor is a value: how Airflow calls it, and what the scheduler needs for it.

Another executor is another function here and another name in Executor.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from modules.iam import Statement
from modules.settings import variable

ExecutorName = Literal["ecs", "local"]
# The container of a task definition that runs the task.
TASK_CONTAINER = "airflow-task"


@dataclass(frozen=True)
class Executor:
    """What an executor asks of the platform."""

    setting: str
    """The value of ``[core] executor``."""
    scheduler_settings: Mapping[str, str]
    scheduler_statements: Sequence[Statement]
    in_scheduler: bool
    """Tasks are processes of the scheduler: they share its role and its security group."""


SETTINGS: Mapping[ExecutorName, str] = {
    "ecs": "airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor",
    "local": "LocalExecutor",
}


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
        SETTINGS["ecs"],
        {variable("aws_ecs_executor", key): value for key, value in settings.items()},
        [
            run_tasks(family_arns, cluster_arn),
            # Also stopped at its start: a task that does not exist, to see whether it may.
            watch_tasks(task_arns),
            pass_roles(role_arns),
        ],
        in_scheduler=False,
    )


def local() -> Executor:
    """Tasks are processes of the scheduler: quick to start and cheap, without isolation between projects."""
    return Executor(SETTINGS["local"], {}, [], in_scheduler=True)


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
