"""Fargate task definitions: the platform's components and a project's tasks are the same kind of thing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
    EcsTaskDefinitionVolumeEfsVolumeConfiguration,
    EcsTaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfig,
)

from modules.config import TaskSize
from modules.part import Part, Scope

PROJECTS_FOLDER = "/opt/airflow/projects"
# Fargate's most: a scheduler or a task that is asked to stop may have work to finish.
STOP_SECONDS = 120


@dataclass(frozen=True)
class HealthCheck:
    """A command in the container that exits 0 while it is well; times in seconds."""

    command: str
    interval: int = 30
    timeout: int = 10
    retries: int = 3
    start_period: int = 120


@dataclass(frozen=True)
class Container:
    """One container of a task. ``secrets`` maps a variable to the ARN of the secret that ECS puts into it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    health: HealthCheck | None = None
    essential: bool = True
    after: str | None = None
    """Starts when that container has ended with 0."""

    def definition(self, image: str, log_group: str, region: str, stream_prefix: str) -> dict[str, object]:
        """The container in the words of the ECS API."""
        return {
            "name": self.name,
            "image": image,
            "command": list(self.command),
            "essential": self.essential,
            "user": "50000:0",
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items())],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items())],
            "portMappings": [{"containerPort": self.port, "hostPort": self.port, "protocol": "tcp"}]
            if self.port
            else [],
            "mountPoints": [{"sourceVolume": "projects", "containerPath": PROJECTS_FOLDER, "readOnly": True}],
            "linuxParameters": {"initProcessEnabled": True},
            "stopTimeout": STOP_SECONDS,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": log_group,
                    "awslogs-region": region,
                    "awslogs-stream-prefix": stream_prefix,
                },
            },
            **({"dependsOn": [{"containerName": self.after, "condition": "SUCCESS"}]} if self.after else {}),
            **(
                {
                    "healthCheck": {
                        "command": ["CMD-SHELL", self.health.command],
                        "interval": self.health.interval,
                        "timeout": self.health.timeout,
                        "retries": self.health.retries,
                        "startPeriod": self.health.start_period,
                    }
                }
                if self.health
                else {}
            ),
        }


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
