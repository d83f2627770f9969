"""Deployments that ECS has rolled back.

AWS: a service lists a failed deployment until its last task has stopped.
ministack 1.5.33: lists it forever. Terraform waits until a service has a single deployment, and times out after 20 min.
Remove when `_complete_service_deployment` in services/ecs.py of ministack drops failed deployments without tasks.
"""

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Drop a deployment without tasks, once the primary deployment has completed."""
    from ministack.services import ecs

    @replace(ecs, "_refresh_service_state", "cluster_name group")
    def refresh(original: Function, cluster_name: str, group: str) -> None:
        original(cluster_name, group)
        service = ecs._services.get(f"{cluster_name}/{(group or '').removeprefix('service:')}")
        primary = service and ecs._primary_deployment(service)
        if primary and primary["rolloutState"] == "COMPLETED":
            service["deployments"] = [
                each
                for each in service["deployments"]
                if each is primary or each["runningCount"] or each["pendingCount"]
            ]
