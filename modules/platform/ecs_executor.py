"""The ECS executor: every Airflow task is a Fargate task, with the role of its project."""

import json
from collections.abc import Sequence

from modules.bucket import write_objects
from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.firewall import Firewall
from modules.iam import Role, Statement
from modules.platform.container_settings import ContainerSettings
from modules.platform.executors import TASK_CONTAINER
from modules.platform.permissions import pass_roles, read_logs, run_tasks
from modules.platform.requirements import Requirements
from modules.platform.site import PlatformSite
from modules.resource_group import Scope
from modules.settings import variable
from modules.task import Task


def ecs_executor(
    scope: Scope,
    size: TaskSize,
    *,
    site: PlatformSite,
    settings: ContainerSettings,
    context: TaskContext,
    firewall: Firewall,
    execution_role: Role,
    administer: Sequence[Statement],
) -> Requirements:
    """Create the task definitions of tasks without a project, and return what the scheduler needs to run tasks on ECS.

    The tasks of the admin DAGs have a separate definition; only its role has the statements ``administer``.
    """

    def task_definition(id: str, container: Container, statements: Sequence[Statement] = ()) -> Task:
        name = f"{site.prefix}-{id.replace('_', '-')}"
        role = Role(
            scope,
            f"{id}_role",
            name=name,
            path=site.role_path,
            account=site.account,
            statements=[
                write_objects(site.logs.arn, sid="WriteLogs"),
                *read_logs(site.logs.arn),
                site.files.projects.mount,
                *statements,
            ],
        )
        return Task(
            scope,
            id,
            size,
            family=name,
            containers=[container],
            context=context,
            log_group=site.cluster.task_log_group,
            stream_prefix="platform",
            task_role_arn=role.arn,
            execution_role_arn=execution_role.arn,
        )

    task = task_definition("task", Container(TASK_CONTAINER, [], settings.task))
    task_definition(
        "admin_task", Container(TASK_CONTAINER, [], settings.task | settings.admin, writes=True), administer
    )
    # The path ends where the environment's name does: dev's scheduler cannot pass dev-2's roles.
    roles = f"arn:{site.account.partition}:iam::{site.account.account_id}:role{site.role_path}*-task"
    return Requirements(
        settings=executor_settings(size, site=site, firewall=firewall, family=task.family),
        statements=[
            *run_tasks(site.account, site.prefix, site.cluster.arn),
            pass_roles([roles, execution_role.arn]),
        ],
    )


def executor_settings(size: TaskSize, *, site: PlatformSite, firewall: Firewall, family: str) -> dict[str, str]:
    """Return the settings of Airflow's ECS executor."""
    provider = "FARGATE_SPOT" if size.spot else "FARGATE"
    settings = {
        "cluster": site.cluster.name,
        "container_name": TASK_CONTAINER,
        "region_name": site.account.region,
        "subnets": ",".join(site.network.task_subnet_ids),
        "assign_public_ip": str(site.network.assign_public_ip),
        "security_groups": firewall.group_id,
        "task_definition": family,
        # Not the setting capacity_provider_strategy: the provider (9.36) passes its text to boto3, which expects a list.
        "run_task_kwargs": json.dumps({"capacity_provider_strategy": [{"capacityProvider": provider, "weight": 1}]}),
        # Empty: the scheduler's own role, not a connection.
        "conn_id": "",
    }
    return {variable("aws_ecs_executor", key): value for key, value in settings.items()}
