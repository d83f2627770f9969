"""Containers of ECS tasks: access to them, and a hook that changes how each container starts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.patches.replace import Function, replace

# Label of a container in the engine; its value is the container's name in the task definition.
CONTAINER_NAME = "com.amazonaws.ecs.container-name"
PARAMETERS = "cdef td env port_bindings ecs_network host_mode task_id task_arn ministack_net_ip cluster_arn"


@dataclass(frozen=True)
class Launch:
    """A container that is about to start."""

    container: dict[str, Any]
    """Its container definition, in the format of AWS."""
    definition: dict[str, Any]
    """Its task definition."""
    task_id: str
    task_arn: str


def container_definitions(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the container definitions of a task, or an empty list if its task definition was deleted."""
    from ministack.services import ecs

    found = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {"containerDefinitions": []}
    return list(found["containerDefinitions"])


def task_containers(task: dict[str, Any], client: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and container for each container of a task; raises the engine's error if one no longer exists."""
    for id in list(task["_docker_ids"]):
        container = client.containers.get(id)
        yield container.labels[CONTAINER_NAME], container


def adjust_container(change: Callable[[Launch, dict[str, Any]], None]) -> None:
    """Let `change` modify the arguments for the package `docker` whenever a container starts."""
    from ministack.services import ecs

    @replace(ecs, "_build_run_kwargs", PARAMETERS)
    def build(original: Function, *arguments: Any) -> dict[str, Any]:
        named = dict(zip(PARAMETERS.split(), arguments, strict=True))
        settings: dict[str, Any] = original(*arguments)
        change(Launch(named["cdef"], named["td"], named["task_id"], named["task_arn"]), settings)
        return settings
