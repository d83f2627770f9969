"""Health checks of ECS containers.

AWS: runs them and reports the results. A service replaces an unhealthy task. A deployment completes, and its old tasks
stop, only when the new tasks are healthy.
ministack 1.5.33: ignores them, and treats a container as healthy after one second.
In a service: every deploy is an outage for as long as Airflow takes to start, and a hanging scheduler is never replaced.
Remove when `_build_run_kwargs` in services/ecs.py of ministack reads `healthCheck`.
"""

import time
from contextlib import suppress
from typing import Any

from local_aws.patches.launch import Launch, adjust_container, container_definitions, task_containers
from local_aws.patches.replace import Function, replace

NANOSECONDS = 10**9
POLL_SECONDS = 0.5  # ministack's own interval of 0.1 s keeps the engine busy


def apply() -> None:
    """Pass health checks to the engine, and act on their results."""
    import docker  # type: ignore[import-untyped]
    from ministack.services import ecs

    @replace(ecs, "_maybe_mark_stopped", "task docker_client")
    def look(original: Function, task: dict[str, Any], docker_client: Any = None) -> None:
        if time.monotonic() - task.get("_looked", 0) < POLL_SECONDS:
            return
        task["_looked"] = time.monotonic()
        original(task, docker_client)
        if task.get("lastStatus") == "RUNNING" and checked_containers(task):
            # The container was removed meanwhile, or the engine is busy: the next poll retries.
            with suppress(docker.errors.APIError, OSError):
                update_task_health(task, docker_client or ecs._get_docker())

    @replace(ecs, "_schedule_service_deployment_completion", "cluster_name svc_key account_id region healthy_task")
    def complete(
        original: Function, cluster: str, service: str, account: str, region: str, healthy_task: Any = None
    ) -> None:
        if healthy_task is None or not checked_containers(healthy_task):
            original(cluster, service, account, region, healthy_task=healthy_task)
            return
        healthy_task["_when_healthy"] = lambda: original(cluster, service, account, region, healthy_task)
        # ministack starts one task first, to pull the image; the others need not wait until it is healthy.
        ecs._reconcile_service_tasks(cluster, service)

    adjust_container(translate_health_check)


def translate_health_check(launch: Launch, settings: dict[str, Any]) -> None:
    """Translate a health check from seconds to nanoseconds. Disable a health check of the image, which AWS ignores."""
    check = launch.container.get("healthCheck") or {"command": ["NONE"]}
    settings["healthcheck"] = {
        "test": check["command"],
        "interval": check.get("interval", 30) * NANOSECONDS,
        "timeout": check.get("timeout", 5) * NANOSECONDS,
        "retries": check.get("retries", 3),
        "start_period": check.get("startPeriod", 0) * NANOSECONDS,
    }


def checked_containers(task: dict[str, Any]) -> set[str]:
    """Return the names of the containers that decide the task's health: essential containers with a health check."""
    return {
        each["name"] for each in container_definitions(task) if each.get("healthCheck") and each.get("essential", True)
    }


def update_task_health(task: dict[str, Any], client: Any) -> None:
    """Copy the engine's results into the task, and stop an unhealthy task of a service."""
    from ministack.services import ecs

    known = {"healthy": "HEALTHY", "unhealthy": "UNHEALTHY"}
    found = {}
    for name, container in task_containers(task, client):
        health = container.attrs["State"].get("Health") or {}
        found[name] = known.get(health.get("Status", ""), "UNKNOWN")
    for each in task["containers"]:
        each["healthStatus"] = found.get(each["name"], "UNKNOWN")
    states = {found.get(name) for name in checked_containers(task)}
    task["healthStatus"] = "UNHEALTHY" if "UNHEALTHY" in states else "HEALTHY" if states == {"HEALTHY"} else "UNKNOWN"
    if task["healthStatus"] == "HEALTHY":
        task.pop("_when_healthy", lambda: None)()
    elif task["healthStatus"] == "UNHEALTHY" and task["group"].startswith("service:"):
        reason = "Task failed container health checks"
        if ecs._mark_task_stopped(task["taskArn"], task, reason, "ServiceSchedulerInitiated"):
            ecs._record_service_task_failure(task)
            ecs._cleanup_task_resources(task, client)
