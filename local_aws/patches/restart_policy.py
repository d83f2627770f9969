"""Restart of a container within its task.

AWS: restarts a container with an enabled `restartPolicy`, even an essential one, if it ran for `restartAttemptPeriod` seconds
and its exit code is not in `ignoredExitCodes`.
ministack 1.5.33: stores the policy, and restarts nothing.
In a task: a crashed sidecar is missing until the next deploy.
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
    """Restart exited containers before ministack polls a task, and before it stops a task for an exited container."""
    import docker  # type: ignore[import-untyped]
    from ministack.services import ecs

    lock = threading.Lock()
    """Serialises polls: each DescribeTasks also polls the task."""

    def restarted(task: dict[str, Any], client: Any = None) -> bool:
        if policies := definitions_with_policy(task):
            # The container was removed meanwhile, or the engine is busy: the next poll retries.
            with lock, suppress(docker.errors.APIError, OSError):
                if task["lastStatus"] == "RUNNING":
                    return restart_ended(task, policies, client or ecs._get_docker())
        return False

    @replace(ecs, "_maybe_mark_stopped", "task docker_client")
    def look(original: Function, task: dict[str, Any], docker_client: Any = None) -> None:
        if time.monotonic() - task.get("_looked", 0) >= POLL_SECONDS:
            restarted(task, docker_client)
        original(task, docker_client)

    @replace(ecs, "_mark_task_stopped", "task_arn task reason stop_code exit_code")
    def stop(
        original: Function,
        task_arn: str,
        task: dict[str, Any],
        reason: str,
        stop_code: str,
        exit_code: int | None = None,
    ) -> bool:
        # Containers that stay exited are handled by the next poll.
        if stop_code == "EssentialContainerExited" and restarted(task):
            return False
        return bool(original(task_arn, task, reason, stop_code, exit_code))


def definitions_with_policy(task: dict[str, Any]) -> dict[str, Any]:
    """Return the definitions of a task's containers with an enabled restart policy, keyed by name."""
    return {
        each["name"]: each for each in container_definitions(task) if (each.get("restartPolicy") or {}).get("enabled")
    }


def restart_ended(task: dict[str, Any], policies: dict[str, Any], client: Any) -> bool:
    """Restart exited containers as their policies demand, and continue their logs. Return whether any was restarted."""
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
    """Return whether the policy demands a restart, given the engine's state of the container."""
    if state["Status"] != "exited" or state["ExitCode"] in policy.get("ignoredExitCodes", []):
        return False
    ran = datetime.fromisoformat(state["FinishedAt"]) - datetime.fromisoformat(state["StartedAt"])
    return bool(ran.total_seconds() >= policy.get("restartAttemptPeriod", DEFAULT_SECONDS))
