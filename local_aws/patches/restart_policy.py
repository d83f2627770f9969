"""Containers that ECS restarts without stopping their task.

AWS: restarts a container with an enabled `restartPolicy`, also an essential one, if it ran for `restartAttemptPeriod` seconds
and ended with none of `ignoredExitCodes`.
ministack 1.5.33: keeps the policy, and restarts nothing.
In a task: a sidecar that crashed is gone until the next deploy.
Remove when `_maybe_mark_stopped` in services/ecs.py of ministack reads `restartPolicy`.
"""

import threading
import time
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from local_aws.patches.container_health import POLL_SECONDS
from local_aws.patches.launch import container_definitions, task_containers
from local_aws.patches.replace import Function, replace

DEFAULT_SECONDS = 300


def apply() -> None:
    """Restart what ended before ministack looks at it, and what ended while it looked before that ends the task."""
    import docker  # type: ignore[import-untyped]
    from ministack.services import ecs

    lock = threading.Lock()
    """Whoever describes a task looks, too."""

    def restarted(task: dict[str, Any], client: Any = None) -> bool:
        if policies := definitions_with_policy(task):
            # Gone meanwhile, or the engine is busy: the next look tells.
            with lock, suppress(docker.errors.APIError, OSError):
                if task["lastStatus"] == "RUNNING":
                    return restart_ended(task, policies, client or ecs._get_docker())
        return False

    def wrap_look(original: Function) -> Function:
        def look(task: dict[str, Any], docker_client: Any = None) -> None:
            if time.monotonic() - task.get("_looked", 0) >= POLL_SECONDS:
                restarted(task, docker_client)
            original(task, docker_client)

        return look

    def wrap_stop(original: Function) -> Function:
        def stop(
            task_arn: str, task: dict[str, Any], reason: str, stop_code: str, exit_code: int | None = None
        ) -> bool:
            # Whatever else of the task has ended, the next look tells.
            if stop_code == "EssentialContainerExited" and restarted(task):
                return False
            return bool(original(task_arn, task, reason, stop_code, exit_code))

        return stop

    replace(ecs, "_maybe_mark_stopped", "task docker_client", wrap_look)
    replace(ecs, "_mark_task_stopped", "task_arn task reason stop_code exit_code", wrap_stop)


def definitions_with_policy(task: dict[str, Any]) -> dict[str, Any]:
    """The definitions, by name, of the containers of a task that are to be restarted."""
    return {
        each["name"]: each for each in container_definitions(task) if (each.get("restartPolicy") or {}).get("enabled")
    }


def restart_ended(task: dict[str, Any], policies: dict[str, Any], client: Any) -> bool:
    """Restart the containers of a task that have ended and may be restarted, and go on with their logs; whether any."""
    from ministack.services import ecs

    running = set()
    for name, container in task_containers(task, client):
        definition = policies.get(name)
        if definition and should_restart(container.attrs["State"], definition["restartPolicy"]):
            ended = datetime.fromisoformat(container.attrs["State"]["FinishedAt"])
            container.start()
            container.logs = partial(container.logs, since=ended.timestamp())
            ecs._start_awslogs_forwarder(container, definition, task["taskArn"].rpartition("/")[2])
            running.add(name)
    for each in task["containers"]:
        if each["name"] in running:
            each["lastStatus"] = "RUNNING"
            each.pop("exitCode", None)
    return bool(running)


def should_restart(state: dict[str, Any], policy: dict[str, Any]) -> bool:
    """Whether a container in that state of the engine's is to be restarted."""
    if state["Status"] != "exited" or state["ExitCode"] in policy.get("ignoredExitCodes", []):
        return False
    ran = datetime.fromisoformat(state["FinishedAt"]) - datetime.fromisoformat(state["StartedAt"])
    return bool(ran.total_seconds() >= policy.get("restartAttemptPeriod", DEFAULT_SECONDS))
