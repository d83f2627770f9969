"""Start order of the containers of an ECS task.

AWS: a container with `dependsOn` starts when its dependency has started, is healthy, has exited, or has exited with code 0,
as the condition demands. If the condition cannot be met any more, the task stops.
ministack 1.5.33: starts all containers at once.
In a service: the scheduler starts during its migration, finds no tables, and exits.
Remove when `_start_task_worker` in services/ecs.py of ministack reads `dependsOn`.
"""

import time
from graphlib import TopologicalSorter
from typing import Any

from local_aws.patches.replace import Function, replace

RUN_PARAMETERS = "docker_client cdef run_kwargs refresh_image allow_cached cache_image fallback_image auth_config"
TASK_LABEL = "com.amazonaws.ecs.task-arn"
POLL_SECONDS = 0.3


def apply() -> None:
    """Sort the containers by their dependencies, and wait for these before each start."""
    from ministack.services import ecs

    @replace(ecs, "_start_task_worker", "task td container_overrides docker_client")
    def start(
        original: Function, task: dict[str, Any], td: dict[str, Any], container_overrides: Any, docker_client: Any
    ) -> None:
        definitions = td["containerDefinitions"]
        order = start_order(definitions)
        for key in ("containers", "_container_essentials"):
            task[key] = [task[key][position] for position in order]
        sorted_td = td | {"containerDefinitions": [definitions[position] for position in order]}
        original(task, sorted_td, container_overrides, docker_client)

    @replace(ecs, "_run_docker_container", RUN_PARAMETERS)
    def run(
        original: Function, docker_client: Any, cdef: dict[str, Any], run_kwargs: dict[str, Any], **others: Any
    ) -> Any:
        task_arn = run_kwargs["labels"][TASK_LABEL]
        for dependency in cdef.get("dependsOn", []):
            name = run_kwargs["name"].removesuffix(cdef["name"]) + dependency["containerName"]
            while not is_fulfilled(
                record_exit_code(
                    docker_client.containers.get(name), ecs._tasks.get(task_arn), dependency["containerName"]
                ),
                dependency["condition"],
            ):
                if not ecs._task_is_active(task_arn, ecs._tasks.get(task_arn)):
                    raise RuntimeError(f"the task was stopped before {cdef['name']} started")
                time.sleep(POLL_SECONDS)
        return original(docker_client, cdef, run_kwargs, **others)


def start_order(definitions: list[dict[str, Any]]) -> list[int]:
    """Return the indexes of the definitions, dependencies first."""
    graph = {each["name"]: [other["containerName"] for other in each.get("dependsOn", [])] for each in definitions}
    positions = {each["name"]: position for position, each in enumerate(definitions)}
    return [positions[name] for name in TopologicalSorter(graph).static_order()]


def record_exit_code(container: Any, task: Any, name: str) -> Any:
    """Return the container, after copying its exit code into the task, even if the task then fails to start."""
    if task and has_ended(container):
        (described,) = (each for each in task["containers"] if each["name"] == name)
        described["exitCode"] = container.attrs["State"]["ExitCode"]
    return container


def has_ended(container: Any) -> bool:
    """Return whether the container has exited."""
    return container.attrs["State"]["Status"] in ("exited", "dead")


def is_fulfilled(container: Any, condition: str) -> bool:
    """Return whether a dependency meets its condition; raises RuntimeError if it never will."""
    state = container.attrs["State"]
    if condition == "START":
        return True
    if condition == "COMPLETE":
        return has_ended(container)
    if condition == "SUCCESS" and has_ended(container) and state["ExitCode"] == 0:
        return True
    if condition == "HEALTHY" and (state.get("Health") or {}).get("Status") == "healthy":
        return True
    if has_ended(container):
        raise RuntimeError(f"{container.name} ended with {state['ExitCode']}, so it does not reach {condition}")
    return False
