"""Endpoint and data of a database instance after a restart.

AWS: a restart changes neither.
ministack 1.5.33: the endpoint is the first address of the container, which another container may have after a crash. The
data is in memory. With RDS_PERSIST it is on a volume that outlives even the instance: a new instance with the same name has
the old password.
In a task: the metadata database is unreachable or empty. (Clusters have names and volumes.)
Remove when `_create_db_instance` in services/rds.py of ministack gives each container an alias and a volume.
"""

from typing import Any

from local_aws import network
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Give the container an alias, report that as its endpoint, and store the data in the container."""
    from ministack.core.responses import get_region
    from ministack.services import rds

    names: dict[str, str] = {}
    """Aliases, keyed by the first address of their container."""

    @replace(rds, "_run_rds_container", "docker_client engine container_kwargs tls_names tls_ips")
    def run(
        original: Function, client: Any, engine: str, settings: dict[str, Any], tls_names: Any = (), tls_ips: Any = ()
    ) -> Any:
        instance = settings["labels"].get("db_id")
        if not instance or settings.get("network") != network.NAME:
            return original(client, engine, settings, tls_names, tls_ips)
        name = f"{instance}.local.{get_region()}.rds.amazonaws.com"
        settings.pop("tmpfs", None)
        settings = settings | {"networking_config": {network.NAME: {"Aliases": [name]}}}
        container = original(client, engine, settings, [name, *tls_names], tls_ips)
        container.reload()
        names[container.attrs["NetworkSettings"]["Networks"][network.NAME]["IPAddress"]] = name
        return container

    @replace(rds, "_reported_endpoint", "host port host_port")
    def reported(original: Function, host: str, port: int, host_port: int) -> Any:
        return original(names.get(host, host), port, host_port)
