"""The field `availabilityZoneRebalancing` of ECS services.

AWS: stores and returns it.
ministack 1.5.33: drops it.
In Terraform: `+ availability_zone_rebalancing` in every plan, even if the configuration omits it, because the provider
sends its default.
Remove when CreateService and UpdateService in services/ecs.py of ministack store it.
"""

from typing import Any

from local_aws.patches.replace import Function, replace

KEY = "availabilityZoneRebalancing"


def apply() -> None:
    """Store the field on create and on update."""
    from ministack.services import ecs

    def service(data: dict[str, Any]) -> dict[str, Any]:
        reference = data.get("serviceName") or data["service"]
        name = ecs._resolve_service_ref(reference)[0]
        found: dict[str, Any] = ecs._services[f"{ecs._resolve_cluster_name(data.get('cluster', 'default'))}/{name}"]
        return found

    @replace(ecs, "_create_service", "data")
    def create(original: Function, data: dict[str, Any]) -> Any:
        response = original(data)
        if response[0] == 200:
            service(data)[KEY] = data.get(KEY) or "DISABLED"
        return response

    @replace(ecs, "_update_service", "data")
    def update(original: Function, data: dict[str, Any]) -> Any:
        response = original(data)
        if response[0] == 200 and KEY in data:
            service(data)[KEY] = data[KEY]
        return response
