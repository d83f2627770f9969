"""The containers of ECS tasks: how patches find them, and change the way in which one is started."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.patches.replace import Function, replace

# The label of a container in the engine that has its name in the task definition.
CONTAINER_NAME = "com.amazonaws.ecs.container-name"
PARAMETERS = "cdef td env port_bindings ecs_network host_mode task_id task_arn ministack_net_ip cluster_arn"


@dataclass(frozen=True)
class Launch:
    """One container that is about to start."""

    container: dict[str, Any]
    """Its definition, as AWS has it."""
    definition: dict[str, Any]
    """The task definition that it is of."""
    task_id: str
    task_arn: str


def container_definitions(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the containers of a task; none where the task definition is gone."""
    from ministack.services import ecs

    found = ecs._task_defs.get(ecs._resolve_td_key(task["taskDefinitionArn"])) or {"containerDefinitions": []}
    return list(found["containerDefinitions"])


def task_containers(task: dict[str, Any], client: Any) -> Iterator[tuple[str, Any]]:
    """The containers of a task that the engine has, with their names; raises the engine's error for one that is gone."""
    for id in list(task["_docker_ids"]):
        container = client.containers.get(id)
        yield container.labels[CONTAINER_NAME], container


def adjust_container(change: Callable[[Launch, dict[str, Any]], None]) -> None:
    """Let `change` adjust what the package `docker` is asked to run, whenever a container starts."""
    from ministack.services import ecs

    def wrap(original: Function) -> Function:
        def build(*arguments: Any) -> dict[str, Any]:
            named = dict(zip(PARAMETERS.split(), arguments, strict=True))
            settings: dict[str, Any] = original(*arguments)
            change(Launch(named["cdef"], named["td"], named["task_id"], named["task_arn"]), settings)
            return settings

        return build

    replace(ecs, "_build_run_kwargs", PARAMETERS, wrap)
