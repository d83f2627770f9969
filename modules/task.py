"""ECS task definitions and their roles, for the platform's components and for projects' tasks."""

import json
from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
    EcsTaskDefinitionVolumeEfsVolumeConfiguration,
    EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig,
)

from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.contract import PlatformContract
from modules.resource_group import ResourceGroup, Scope
from modules.settings import aws_settings, fixed_settings

CPU_ARCHITECTURE = "X86_64"


class Task(ResourceGroup):
    """Task definition for Fargate, or for EC2 with ``on_ec2``, with at most one volume, mounted over TLS."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        *,
        family: str,
        containers: Sequence[Container],
        context: TaskContext,
        log_group: str,
        stream_prefix: str,
        task_role_arn: str,
        execution_role_arn: str,
        on_ec2: bool = False,
    ) -> None:
        super().__init__(scope, id)
        volume = context.volume
        definition = EcsTaskDefinition(
            *self.at(),
            family=family,
            cpu=str(size.cpu),
            memory=str(size.memory),
            network_mode="awsvpc",
            requires_compatibilities=["EC2" if on_ec2 else "FARGATE"],
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=CPU_ARCHITECTURE, operating_system_family="LINUX"
            ),
            task_role_arn=task_role_arn,
            execution_role_arn=execution_role_arn,
            container_definitions=json.dumps([one.definition(context, log_group, stream_prefix) for one in containers]),
            volume=[
                EcsTaskDefinitionVolume(
                    name=volume.name,
                    efs_volume_configuration=EcsTaskDefinitionVolumeEfsVolumeConfiguration(
                        file_system_id=volume.file_system_id,
                        transit_encryption="ENABLED",
                        authorization_config=EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig(
                            access_point_id=volume.access_point_id, iam="ENABLED"
                        ),
                    ),
                )
            ]
            if volume
            else None,
            # ECS cannot roll back to a deregistered definition, so the old definition is kept until its replacement runs.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.arn = definition.arn
        self.family = family


def task_settings(prefix: str, region: str, contract: PlatformContract) -> dict[str, str]:
    """Return the variables of a task's container: addresses of the API and the logs, but no database and no keys."""
    return fixed_settings("aws") | aws_settings(
        prefix=prefix,
        region=region,
        url=contract.url,
        executor=contract.executor,
        execution_api_url=contract.execution_api_url,
        log_bucket=contract.log_bucket,
        bundles=contract.dag_bundles,
    )
