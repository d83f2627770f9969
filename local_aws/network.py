"""Bridge network of the emulator's containers, with the emulator at the address of its gateway.

The emulator is a process of this machine, and Docker gives the machine an address in every bridge network: the gateway's.
Containers and emulator therefore reach each other without published ports and without a listener on other networks.
"""

from contextlib import suppress
from typing import Any

import psutil

NAME = "airflow-on-aws"
INTERFACE = "airflow-on-aws"  # name of the bridge; Linux allows 15 characters
SUBNET = "169.254.170.0/24"
# Address of the ECS agent. botocore accepts credentials over plain HTTP from this address and from loopback only.
GATEWAY = "169.254.170.2"


def ensure(client: Any) -> str:
    """Create the network if it is missing. Return why its containers would be unreachable, or an empty string."""
    import docker  # type: ignore[import-untyped]

    try:
        client.networks.get(NAME)
    except docker.errors.NotFound:
        if INTERFACE in psutil.net_if_addrs():
            return (
                f"the network interface {INTERFACE} belongs to another container engine, or to one that was killed: "
                f"remove it with `ip link delete {INTERFACE}`"
            )
        pool = docker.types.IPAMPool(subnet=SUBNET, gateway=GATEWAY)
        try:
            client.networks.create(
                NAME,
                driver="bridge",
                ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                options={"com.docker.network.bridge.name": INTERFACE},
            )
        except docker.errors.APIError as error:
            return f"the container engine cannot create the network {SUBNET} ({error.explanation}): remove the network that uses it"
    own_addresses = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    if GATEWAY in own_addresses:
        return ""
    _remove(client)
    return "the container engine runs in a separate network (Docker Desktop, rootless), which this machine cannot reach"


def remove_if_unused(client: Any) -> None:
    """Remove the network, unless another emulator or a container uses it."""
    if not in_use():
        _remove(client)


def in_use() -> bool:
    """Return whether an emulator listens at the gateway."""
    sockets = psutil.net_connections("tcp")
    return any(each.status == psutil.CONN_LISTEN and each.laddr[:1] == (GATEWAY,) for each in sockets)


def _remove(client: Any) -> None:
    import docker

    with suppress(docker.errors.APIError):  # already removed, or in use
        client.networks.get(NAME).remove()
