"""The field `serviceConnectDefaults` of a new ECS cluster.

AWS: CreateCluster stores it.
ministack 1.5.33: only UpdateCluster stores it.
In Terraform: `+ service_connect_defaults` in the plan after the first apply.
Remove when `_put_cluster` in services/ecs.py of ministack stores it.
"""

from typing import Any

from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Store the field on create."""
    from ministack.services import ecs

    @replace(ecs, "_put_cluster", "data")
    def put_cluster(original: Function, data: dict[str, Any]) -> Any:
        cluster = original(data)
        if "serviceConnectDefaults" in data:
            cluster["serviceConnectDefaults"] = data["serviceConnectDefaults"]
        return cluster
