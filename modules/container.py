"""A container of an ECS task, in the words of the ECS API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# The user and group of the official Airflow image.
AIRFLOW_USER = "50000:0"
# Fargate's most: a scheduler or a task that is asked to stop may have work to finish.
STOP_SECONDS = 120


@dataclass(frozen=True)
class HealthCheck:
    """A command in the container that exits 0 while it is well; times in seconds.

    A deploy waits for the first good answer: a cheap command is asked often, and must fail often to be believed.
    """

    command: str
    interval: int = 10
    timeout: int = 10
    retries: int = 9
    start_period: int = 120


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder of an EFS file system, behind an access point of its own, and where containers have it."""

    name: str
    file_system_id: str
    access_point_id: str
    path: str


@dataclass(frozen=True, kw_only=True)
class TaskContext:
    """What the containers of a task share."""

    image: str
    region: str
    volume: Volume | None


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
    writes: bool = False
    """It may write to the volume, such as to deliver projects' DAGs."""
    restarts: bool = False
    """ECS starts it again when it ends, without the rest of the task."""
    user: str = AIRFLOW_USER

    def definition(self, around: TaskContext, log_group: str, stream_prefix: str) -> dict[str, object]:
        """The container in the words of the ECS API."""
        return {
            "name": self.name,
            "image": around.image,
            "command": list(self.command),
            "essential": self.essential,
            "user": self.user,
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items())],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items())],
            "portMappings": [{"containerPort": self.port, "hostPort": self.port, "protocol": "tcp"}]
            if self.port
            else [],
            "mountPoints": [
                {
                    "sourceVolume": around.volume.name,
                    "containerPath": around.volume.path,
                    "readOnly": not self.writes,
                }
            ]
            if around.volume
            else [],
            "linuxParameters": {"initProcessEnabled": True},
            "stopTimeout": STOP_SECONDS,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": log_group,
                    "awslogs-region": around.region,
                    "awslogs-stream-prefix": stream_prefix,
                },
            },
            **({"restartPolicy": {"enabled": True}} if self.restarts else {}),
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
