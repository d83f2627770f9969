"""How patches change the way in which a container of an ECS task is started."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ops.local_aws.patches.replace import Function, replace

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


def adjust(change: Callable[[Launch, dict[str, Any]], None]) -> None:
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
