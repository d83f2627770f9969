"""How an ECS task ends.

AWS: sends SIGTERM, then SIGKILL after `stopTimeout`, and delivers the last lines to CloudWatch; nothing is left.
ministack 1.5.33: allows five seconds, lets the caller of StopTask wait for it, loses lines that were not read yet, and
leaves the container of a task that ended by itself in the engine for up to three minutes.
In a service: a worker's running tasks are killed by every deploy.
Remove when `_remove_docker_container` in services/ecs.py of ministack reads `stopTimeout`.
"""

import threading
from typing import Any

from local_aws.patches.launch import Launch, adjust_container
from local_aws.patches.replace import Function, replace

STOP_TIMEOUT_LABEL = "airflow-on-aws.stop-timeout"
DEFAULT_SECONDS = 30
LAST_LINES_WITHIN = 10.0  # seconds


def apply() -> None:
    """Stop in the background, in good time, and remove when all is said."""
    from ministack.core.concurrency import spawn_background
    from ministack.services import ecs

    def remember(launch: Launch, settings: dict[str, Any]) -> None:
        settings["labels"][STOP_TIMEOUT_LABEL] = str(launch.container.get("stopTimeout", DEFAULT_SECONDS))

    def wrap_cleanup(original: Function) -> Function:
        def cleanup(task: dict[str, Any], docker_client: Any, extra_container: Any = None) -> None:
            spawn_background(original, task, docker_client or ecs._get_docker(), extra_container)

        return cleanup

    def wrap_remove(original: Function) -> Function:
        def remove(docker_client: Any, container_or_id: Any) -> None:
            container = container_or_id
            if isinstance(container, str):
                container = docker_client.containers.get(container)
            container.stop(timeout=int(container.labels.get(STOP_TIMEOUT_LABEL, DEFAULT_SECONDS)))
            for thread in threading.enumerate():
                if thread.name == container.name.replace("ministack-ecs-", "ministack-ecs-awslogs-", 1):
                    thread.join(LAST_LINES_WITHIN)
            original(docker_client, container)

        return remove

    adjust_container(remember)
    replace(ecs, "_cleanup_task_resources", "task docker_client extra_container", wrap_cleanup)
    replace(ecs, "_remove_docker_container", "docker_client container_or_id", wrap_remove)
