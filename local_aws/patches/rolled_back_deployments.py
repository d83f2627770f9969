"""A deployment that ECS gave up and rolled back.

AWS: a service lists it as long as it has tasks, and not any more.
ministack 1.5.33: lists it for ever. Terraform waits until a service has one deployment, so for twenty minutes, in vain.
Remove when `_complete_service_deployment` in services/ecs.py of ministack keeps no failed deployment without tasks.
"""

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Forget it with its last task, once what ran before is well again."""
    from ministack.services import ecs

    def wrap(original: Function) -> Function:
        def refresh(cluster_name: str, group: str) -> None:
            original(cluster_name, group)
            service = ecs._services.get(f"{cluster_name}/{(group or '').removeprefix('service:')}")
            primary = service and ecs._primary_deployment(service)
            if primary and primary["rolloutState"] == "COMPLETED":
                service["deployments"] = [
                    one
                    for one in service["deployments"]
                    if one is primary or one["runningCount"] or one["pendingCount"]
                ]

        return refresh

    replace(ecs, "_refresh_service_state", "cluster_name group", wrap)
