"""Address at which the emulator listens for its containers.

AWS: has the same addresses inside a container as outside.
ministack 1.5.33: listens at one address. Loopback is not reachable from a container, and 0.0.0.0 is open to other machines.
In a container: every call to AWS is refused.
Remove when BIND_HOST of ministack accepts a list, and an interface.
"""

import os
import socket
from typing import Any

from local_aws import network
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Listen at the gateway of the containers' network as well, for connections from there and from this machine only."""
    from hypercorn.config import Config

    @replace(Config, "_create_sockets", "self binds type_")
    def create_sockets(
        original: Function, self: Any, binds: list[str], type_: int = socket.SOCK_STREAM
    ) -> list[socket.socket]:
        sockets: list[socket.socket] = original(self, binds, type_)
        if os.environ.get("DOCKER_NETWORK") and type_ == socket.SOCK_STREAM and binds:
            sockets.append(at_gateway(int(os.environ["GATEWAY_PORT"])))
        return sockets


def at_gateway(port: int) -> socket.socket:
    """Return the socket on which hypercorn listens at the gateway."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Without an interface, Linux accepts packets for this address from every network.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, network.INTERFACE.encode())
    listener.bind((network.GATEWAY, port))
    listener.setblocking(False)
    return listener
