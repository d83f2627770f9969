"""The endpoint of an Aurora cluster, which changes after the cluster was created.

AWS: the names of a cluster's endpoints are the same from its creation to its end.
ministack 1.5.33: replaces them by "localhost" once the cluster has an instance and no container runs behind it.
In Terraform: whatever was derived from `aws_rds_cluster.endpoint` changes in the second plan.
Remove when `_sync_cluster_endpoints` in services/rds.py of ministack keeps the names.
"""

from typing import Any

from local_aws.patches.replace import Function, replace

NAMES = ("Endpoint", "ReaderEndpoint")


def apply() -> None:
    """Keep the names where nothing runs behind them; with a container they lead to it."""
    from ministack.services import rds

    def wrap(original: Function) -> Function:
        def sync(cluster: dict[str, Any]) -> None:
            names = {name: cluster[name] for name in NAMES if name in cluster}
            original(cluster)
            if not cluster.get("_shared_container_id"):
                cluster.update(names)

        return sync

    replace(rds, "_sync_cluster_endpoints", "cluster", wrap)
