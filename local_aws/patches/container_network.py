"""Network of ECS tasks, and the address of the ECS agent.

AWS: a task has an address in its VPC, and reads the credentials of its role from the ECS agent at 169.254.170.2.
ministack 1.5.33: copies the network and the address of the container in which it runs. Here it runs in none, so tasks are
attached to the default network, where they can neither call AWS nor resolve names of other tasks and of databases.
Remove when `_start_task_worker` in services/ecs.py of ministack reads DOCKER_NETWORK.
"""

from typing import Any

from local_aws import network
from local_aws.patches.launch import Launch, adjust_container
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Attach tasks to the emulator's network, and use its gateway as the address of the ECS agent."""
    from ministack.services import ecs

    @replace(ecs, "_register_metadata", "task_arn cluster_arn td cdef launch_type env host_mode ministack_net_ip")
    def register(original: Function, *arguments: Any) -> Any:
        *others, _address = arguments
        return original(*others, network.GATEWAY)

    def join(launch: Launch, settings: dict[str, Any]) -> None:
        settings.pop("extra_hosts", None)
        settings["network"] = network.NAME

    adjust_container(join)
