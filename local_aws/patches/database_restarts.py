"""What outlives a restart of a database instance.

AWS: its name, and its data.
ministack 1.5.33: the endpoint is the address that the container has at first, and may be another's after a crash. The data
is in memory, or with RDS_PERSIST on a volume that outlives the instance, too: the next of that name has the old password.
In a task: the metadata database is gone, or empty. (Clusters have names and volumes.)
Remove when `_create_db_instance` in services/rds.py of ministack gives its container an alias and a volume of its own.
"""

from typing import Any

from local_aws import network
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Give the container a name in its network, report that, and leave the data in the container."""
    from ministack.core.responses import get_region
    from ministack.services import rds

    names: dict[str, str] = {}
    """By the address that a container started with."""

    def wrap_run(original: Function) -> Function:
        def run(client: Any, engine: str, settings: dict[str, Any], tls_names: Any = (), tls_ips: Any = ()) -> Any:
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

        return run

    def wrap_reported(original: Function) -> Function:
        def reported(host: str, port: int, host_port: int) -> Any:
            return original(names.get(host, host), port, host_port)

        return reported

    replace(rds, "_run_rds_container", "docker_client engine container_kwargs tls_names tls_ips", wrap_run)
    replace(rds, "_reported_endpoint", "host port host_port", wrap_reported)
