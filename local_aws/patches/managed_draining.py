"""Managed draining of a capacity provider.

AWS: a capacity provider has the setting that it was made with; without one it is on.
ministack 1.5.33: forgets it.
In Terraform: every plan changes every `aws_ecs_capacity_provider`.
Remove when `_create_capacity_provider` in services/ecs.py of ministack keeps `managedDraining`.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Keep it."""
    from ministack.services import ecs

    def wrap(original: Function) -> Function:
        def changed(data: Any) -> Any:
            answer = original(data)
            said = data.get("autoScalingGroupProvider", {})
            if provider := ecs._capacity_providers.get(data.get("name", "")):
                kept = provider["autoScalingGroupProvider"]
                kept["managedDraining"] = said.get("managedDraining", kept.get("managedDraining", "ENABLED"))
            return answer

        return changed

    replace(ecs, "_create_capacity_provider", "data", wrap)
    replace(ecs, "_update_capacity_provider", "data", wrap)
