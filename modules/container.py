"""A container of a Fargate task, in the words of the ECS API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.settings import AIRFLOW_HOME, projects_folder

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
    delivers: bool = False
    """It may write to the folder with the projects' DAGs."""

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
            "mountPoints": [
                {
                    "sourceVolume": "projects",
                    "containerPath": projects_folder(AIRFLOW_HOME),
                    "readOnly": not self.delivers,
                }
            ],
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
