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

from ops.local_aws.patches.container_health import EVERY
from ops.local_aws.patches.launch import containers, definitions
from ops.local_aws.patches.replace import Function, replace

DEFAULT_SECONDS = 300


def apply() -> None:
    """Restart what ended before ministack looks at it."""
    import docker  # type: ignore[import-untyped]
    from ministack.services import ecs

    lock = threading.Lock()
    """Whoever describes a task looks, too."""

    def wrap(original: Function) -> Function:
        def look(task: dict[str, Any], docker_client: Any = None) -> None:
            if policies := definitions_with_policy(task):
                # Gone meanwhile, or the engine is busy: the next look tells.
                with lock, suppress(docker.errors.APIError, OSError):
                    if time.monotonic() - task.get("_looked", 0) >= EVERY and task["lastStatus"] == "RUNNING":
                        restart_ended(task, policies, docker_client or ecs._get_docker())
            original(task, docker_client)

        return look

    replace(ecs, "_maybe_mark_stopped", "task docker_client", wrap)


def definitions_with_policy(task: dict[str, Any]) -> dict[str, Any]:
    """The definitions, by name, of the containers of a task that are to be restarted."""
    return {each["name"]: each for each in definitions(task) if (each.get("restartPolicy") or {}).get("enabled")}


def restart_ended(task: dict[str, Any], policies: dict[str, Any], client: Any) -> None:
    """Restart the containers of a task that have ended and may be restarted, and go on with their logs."""
    from ministack.services import ecs

    for name, container in containers(task, client):
        definition = policies.get(name)
        if definition and due(container.attrs["State"], definition["restartPolicy"]):
            ended = datetime.fromisoformat(container.attrs["State"]["FinishedAt"])
            container.start()
            container.logs = partial(container.logs, since=ended.timestamp())
            ecs._start_awslogs_forwarder(container, definition, task["taskArn"].rpartition("/")[2])


def due(state: dict[str, Any], policy: dict[str, Any]) -> bool:
    """Whether a container in that state of the engine's is to be restarted."""
    if state["Status"] != "exited" or state["ExitCode"] in policy.get("ignoredExitCodes", []):
        return False
    ran = datetime.fromisoformat(state["FinishedAt"]) - datetime.fromisoformat(state["StartedAt"])
    return bool(ran.total_seconds() >= policy.get("restartAttemptPeriod", DEFAULT_SECONDS))
