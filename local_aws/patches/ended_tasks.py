"""Stop of an ECS task.

AWS: sends SIGTERM, and SIGKILL after `stopTimeout`. The last log lines reach CloudWatch, and no container remains.
ministack 1.5.33: sends SIGKILL after 5 s, blocks the caller of StopTask until then, and loses log lines that it has not
read yet. The container of a task that exited stays in the engine for up to 3 minutes.
In a service: every deploy kills the running tasks of a worker.
Remove when `_remove_docker_container` in services/ecs.py of ministack reads `stopTimeout`.
"""

import threading
from typing import Any

from local_aws.patches.launch import Launch, adjust_container
from local_aws.patches.replace import Function, replace

STOP_TIMEOUT_LABEL = "airflow-on-aws.stop-timeout"
DEFAULT_SECONDS = 30
LAST_LINES_SECONDS = 10.0


def apply() -> None:
    """Stop tasks in the background with their timeout, and remove each container after its logs were read."""
    from ministack.core.concurrency import spawn_background
    from ministack.services import ecs

    def remember(launch: Launch, settings: dict[str, Any]) -> None:
        settings["labels"][STOP_TIMEOUT_LABEL] = str(launch.container.get("stopTimeout", DEFAULT_SECONDS))

    @replace(ecs, "_cleanup_task_resources", "task docker_client extra_container")
    def cleanup(original: Function, task: dict[str, Any], docker_client: Any, extra_container: Any = None) -> None:
        spawn_background(original, task, docker_client or ecs._get_docker(), extra_container)

    @replace(ecs, "_remove_docker_container", "docker_client container_or_id")
    def remove(original: Function, docker_client: Any, container_or_id: Any) -> None:
        container = container_or_id
        if isinstance(container, str):
            container = docker_client.containers.get(container)
        container.stop(timeout=int(container.labels.get(STOP_TIMEOUT_LABEL, DEFAULT_SECONDS)))
        for thread in threading.enumerate():
            if thread.name == container.name.replace("ministack-ecs-", "ministack-ecs-awslogs-", 1):
                thread.join(LAST_LINES_SECONDS)
        original(docker_client, container)

    adjust_container(remember)
