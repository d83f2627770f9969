"""Endpoints of an Aurora cluster.

AWS: the names of the endpoints never change.
ministack 1.5.33: replaces them by "localhost" once the cluster has an instance, if no container runs.
In Terraform: every value derived from `aws_rds_cluster.endpoint` changes in the second plan.
Remove when `_sync_cluster_endpoints` in services/rds.py of ministack keeps the names.
"""

from typing import Any

from local_aws.patches.replace import Function, replace

NAMES = ("Endpoint", "ReaderEndpoint")


def apply() -> None:
    """Keep the original names, unless a container runs: then the new names are its address."""
    from ministack.services import rds

    @replace(rds, "_sync_cluster_endpoints", "cluster")
    def sync(original: Function, cluster: dict[str, Any]) -> None:
        names = {name: cluster[name] for name in NAMES if name in cluster}
        original(cluster)
        if not cluster.get("_shared_container_id"):
            cluster.update(names)
