"""Fargate task definitions: the platform's components and a project's tasks are the same kind of thing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
    EcsTaskDefinitionVolumeEfsVolumeConfiguration,
    EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig,
)

from modules.config import TaskSize
from modules.container import Container
from modules.part import Part, Scope


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What every task of an environment shares."""

    image: str
    region: str
    file_system_id: str
    access_point_id: str


class Task(Part):
    """A Fargate task definition with the projects' DAGs mounted read-only, over TLS, with the task's own role."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        *,
        family: str,
        containers: Sequence[Container],
        surroundings: Surroundings,
        log_group: str,
        stream_prefix: str,
        task_role_arn: str,
        execution_role_arn: str,
    ) -> None:
        super().__init__(scope, id)
        around = surroundings
        EcsTaskDefinition(
            *self.at("task"),
            family=family,
            cpu=str(size.cpu),
            memory=str(size.memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture="X86_64", operating_system_family="LINUX"
            ),
            task_role_arn=task_role_arn,
            execution_role_arn=execution_role_arn,
            container_definitions=json.dumps(
                [one.definition(around.image, log_group, around.region, stream_prefix) for one in containers]
            ),
            volume=[
                EcsTaskDefinitionVolume(
                    name="projects",
                    efs_volume_configuration=EcsTaskDefinitionVolumeEfsVolumeConfiguration(
                        file_system_id=around.file_system_id,
                        transit_encryption="ENABLED",
                        authorization_config=EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig(
                            access_point_id=around.access_point_id, iam="ENABLED"
                        ),
                    ),
                )
            ],
        )
        self.arn = self.reference("aws_ecs_task_definition", "task", "arn")
        self.family = family
