"""Address of an ECS task with several containers.

AWS: the containers of a task share one address for the lifetime of the task.
ministack 1.5.33: each container has its own address, and the task reports the first container's address.
In a service: the load balancer forwards to the migration that ran before the api-server and has exited.
Remove when containers of a task share a network in services/ecs.py of ministack.
"""

from typing import Any

from local_aws.patches.launch import CONTAINER_NAME
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Report the address of the first essential container. (Containers still cannot connect to each other by localhost.)"""
    from ministack.services import ecs

    @replace(ecs, "_record_task_ip", "task container ecs_network")
    def record(original: Function, task: dict[str, Any], container: Any, ecs_network: str) -> None:
        names = [each["name"] for each in task["containers"]]
        essential = dict(zip(names, task["_container_essentials"], strict=True))
        if essential.get(container.labels.get(CONTAINER_NAME), True):
            original(task, container, ecs_network)
