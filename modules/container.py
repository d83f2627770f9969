"""Containers of an ECS task, and their definitions in the ECS API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# The user and group of the official Airflow image.
AIRFLOW_USER = "50000:0"
# Fargate's maximum, so that a scheduler or a task can finish its work after SIGTERM.
STOP_SECONDS = 120


@dataclass(frozen=True)
class HealthCheck:
    """A command in the container that exits with 0 while the container is healthy; times in seconds.

    A deploy waits for the first success, so the defaults probe every 10 s and mark the container unhealthy after 9
    failures. The command must be cheap.
    """

    command: str
    interval: int = 10
    timeout: int = 10
    retries: int = 9
    start_period: int = 120


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A folder of an EFS file system with a dedicated access point; ``path`` is its mount point in containers."""

    name: str
    file_system_id: str
    access_point_id: str
    path: str


@dataclass(frozen=True, kw_only=True)
class TaskContext:
    """Settings that the containers of a task share."""

    image: str
    region: str
    volume: Volume | None


@dataclass(frozen=True)
class Container:
    """One container of a task. ``secrets`` maps an environment variable to the ARN of the secret that ECS sets it to."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    health: HealthCheck | None = None
    essential: bool = True
    after: str | None = None
    """Name of the container that must exit with 0 before this container starts."""
    writes: bool = False
    """Mount the volume writable, for example to deliver projects' DAGs."""
    restarts: bool = False
    """ECS restarts the container when it exits, without the rest of the task."""
    user: str = AIRFLOW_USER

    def definition(self, around: TaskContext, log_group: str, stream_prefix: str) -> dict[str, object]:
        """Return the container definition for the ECS API."""
        volume, health = around.volume, self.health
        mount = volume and {"sourceVolume": volume.name, "containerPath": volume.path, "readOnly": not self.writes}
        log_options = {
            "awslogs-group": log_group,
            "awslogs-region": around.region,
            "awslogs-stream-prefix": stream_prefix,
        }
        definition = {
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
            "mountPoints": [mount] if mount else [],
            "linuxParameters": {"initProcessEnabled": True},
            "stopTimeout": STOP_SECONDS,
            "logConfiguration": {"logDriver": "awslogs", "options": log_options},
            "restartPolicy": {"enabled": True} if self.restarts else None,
            "dependsOn": [{"containerName": self.after, "condition": "SUCCESS"}] if self.after else None,
            "healthCheck": health
            and {
                "command": ["CMD-SHELL", health.command],
                "interval": health.interval,
                "timeout": health.timeout,
                "retries": health.retries,
                "startPeriod": health.start_period,
            },
        }
        return {name: value for name, value in definition.items() if value is not None}
