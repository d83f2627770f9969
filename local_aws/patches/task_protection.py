"""Task protection of ECS services.

AWS: scale-in stops unprotected tasks first. Neither scale-in nor a deployment stops a protected task until its protection is
revoked or expires. StopTask stops it at any time.
ministack 1.5.33: accepts UpdateTaskProtection, protects nothing, and returns nothing.
In a service: scale-in of a worker kills its running tasks.
Remove when `_update_task_protection` in services/ecs.py of ministack stores the protection.
"""

import time
from collections.abc import Callable
from typing import Any

from local_aws.patches.replace import Function, replace

UNTIL = "_protected_until"
DEFAULT_MINUTES = 120
SCALE_IN = "Service scaling down"
# Reasons that ministack gives for tasks stopped by their service.
BY_SERVICE = (SCALE_IN, "Task definition updated", "Deployment capacity limit", "Deployment completed")


def apply() -> None:
    """Store the protection in the task, respect it when a service stops tasks, and reconcile the service when it ends."""
    from ministack.core.concurrency import spawn_background
    from ministack.services import ecs

    @replace(ecs, "_update_task_protection", "data")
    def update(original: Function, data: dict[str, Any]) -> Any:
        def protect(task: dict[str, Any]) -> None:
            minutes = data.get("expiresInMinutes", DEFAULT_MINUTES) if data["protectionEnabled"] else 0
            task[UNTIL] = int(time.time()) + 60 * minutes
            spawn_background(reconcile_after, task, 60 * minutes)

        return protection_response(data, protect)

    @replace(ecs, "_get_task_protection", "data")
    def get(original: Function, data: dict[str, Any]) -> Any:
        return protection_response(data, lambda task: None)

    @replace(ecs, "_stop_task", "data")
    def stop(original: Function, data: dict[str, Any]) -> Any:
        task = ecs._tasks.get(data.get("task")) or {}
        if data.get("reason") not in BY_SERVICE or not is_protected(task):
            return original(data)
        others = [
            other
            for other in ecs._tasks.values()
            if other.get("_deployment_id") == task["_deployment_id"]
            and other["lastStatus"] in ecs._PRE_STOP_STATUSES
            and not is_protected(other)
        ]
        if data["reason"] != SCALE_IN or not others:
            return ecs.json_response({"task": ecs._sanitize(task)})
        # ministack stops the newest tasks first, so the oldest unprotected task is not selected yet.
        return original(data | {"task": min(others, key=lambda other: str(other["createdAt"]))["taskArn"]})


def is_protected(task: dict[str, Any]) -> bool:
    """Return whether a task is protected now."""
    return bool(task.get(UNTIL, 0) > time.time())


def protection_response(data: dict[str, Any], act: Callable[[dict[str, Any]], None]) -> Any:
    """Apply `act` to each task that can be protected, and return a response with the resulting protection."""
    from ministack.services import ecs

    described, failures = [], []
    for reference in data.get("tasks", []):
        task = ecs._resolve_task(reference, ecs._resolve_cluster_name(data.get("cluster", "default")))
        if task is None:
            failures.append({"arn": reference, "reason": "MISSING"})
        elif not task["group"].startswith("service:") or not ecs._task_is_active(task["taskArn"], task):
            failures.append({"arn": task["taskArn"], "reason": "TASK_NOT_VALID"})
        else:
            act(task)
            until = {"expirationDate": task[UNTIL]} if is_protected(task) else {}
            described.append({"taskArn": task["taskArn"], "protectionEnabled": is_protected(task)} | until)
    return ecs.json_response({"protectedTasks": described, "failures": failures})


def reconcile_after(task: dict[str, Any], seconds: float) -> None:
    """Reconcile the service of a task when its protection ends, unless it was extended meanwhile."""
    from ministack.services import ecs

    time.sleep(seconds)
    if not is_protected(task):
        cluster = ecs._cluster_name_from_arn(task["clusterArn"])
        ecs._reconcile_service_tasks(cluster, f"{cluster}/{task['group'].removeprefix('service:')}")
