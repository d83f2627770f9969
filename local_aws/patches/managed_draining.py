"""Managed draining of a capacity provider.

AWS: stores the setting; the default is ENABLED.
ministack 1.5.33: drops it.
In Terraform: every plan changes every `aws_ecs_capacity_provider`.
Remove when `_create_capacity_provider` in services/ecs.py of ministack stores `managedDraining`.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Store the setting on create and on update."""
    from ministack.services import ecs

    @replace(ecs, "_create_capacity_provider", "data")
    @replace(ecs, "_update_capacity_provider", "data")
    def changed(original: Function, data: Any) -> Any:
        response = original(data)
        sent = data.get("autoScalingGroupProvider", {})
        if provider := ecs._capacity_providers.get(data.get("name", "")):
            stored = provider["autoScalingGroupProvider"]
            stored["managedDraining"] = sent.get("managedDraining", stored.get("managedDraining", "ENABLED"))
        return response
