"""The network of ECS tasks, and the address at which they find AWS.

AWS: a task has an address in its VPC, and finds the ECS agent, and by it the credentials of its role, at 169.254.170.2.
ministack 1.5.33: takes the network and the address of the container that it is in itself. Ours is in none, so tasks land in
the default network, cannot call AWS, and resolve no name of each other or of a database.
Remove when `_start_task_worker` in services/ecs.py of ministack reads DOCKER_NETWORK.
"""

from typing import Any

from local_aws import network
from local_aws.patches.launch import Launch, adjust_container
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Say which network it is, and that the emulator is its gateway."""
    from ministack.services import ecs

    def wrap(original: Function) -> Function:
        def register(*arguments: Any) -> Any:
            *others, _address = arguments
            return original(*others, network.GATEWAY)

        return register

    def join(launch: Launch, settings: dict[str, Any]) -> None:
        settings.pop("extra_hosts", None)
        settings["network"] = network.NAME

    replace(ecs, "_register_metadata", "task_arn cluster_arn td cdef launch_type env host_mode ministack_net_ip", wrap)
    adjust_container(join)
