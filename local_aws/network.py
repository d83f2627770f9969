"""The network that the emulator's containers are in, with the emulator itself as its gateway.

The emulator is a process of this machine; Docker gives the machine an address in every bridge network, the gateway's. So
containers reach the emulator there, and it reaches them, with no port published and nothing listening on other networks.
"""

from contextlib import suppress
from typing import Any

import psutil

NAME = "airflow-on-aws"
INTERFACE = "airflow-on-aws"  # of the bridge: at most 15 characters
SUBNET = "169.254.170.0/24"
# ECS answers tasks here; botocore takes credentials over plain HTTP from this address and from loopback only.
GATEWAY = "169.254.170.2"


def ensure(client: Any) -> str:
    """Make the network if it is not there. Says why containers in it could not be reached; empty if they can be."""
    import docker  # type: ignore[import-untyped]

    try:
        client.networks.get(NAME)
    except docker.errors.NotFound:
        if INTERFACE in psutil.net_if_addrs():
            return (
                f"the network interface {INTERFACE} is another container engine's, or left of one that was killed: "
                f"`ip link delete {INTERFACE}` removes it"
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
            return f"the container engine cannot make the network {SUBNET} ({error.explanation}): remove what uses it"
    here = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    if GATEWAY in here:
        return ""
    _remove(client)
    return "the container engine runs in a network of its own (Docker Desktop, rootless), where nothing can be reached"


def remove_if_unused(client: Any) -> None:
    """Remove the network, unless another emulator or anybody's container is in it."""
    if not in_use():
        _remove(client)


def in_use() -> bool:
    """Whether an emulator listens there."""
    listening = (one for one in psutil.net_connections("tcp") if one.status == psutil.CONN_LISTEN)
    return any(one.laddr[:1] == (GATEWAY,) for one in listening)


def _remove(client: Any) -> None:
    import docker

    with suppress(docker.errors.APIError):  # gone, or in use
        client.networks.get(NAME).remove()
