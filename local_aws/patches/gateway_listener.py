"""Where the emulator listens for its containers.

AWS: is reached from a container at the same names as from anywhere else.
ministack 1.5.33: listens at one address. Loopback is another machine's inside a container, and 0.0.0.0 is everybody's.
In a container: every call to AWS is refused.
Remove when BIND_HOST of ministack may be a list, and an interface.
"""

import os
import socket
from typing import Any

from local_aws import network
from local_aws.patches.replace import Function, replace


def apply() -> None:
    """Listen at the gateway of the containers' network too, for what comes in from there and from this machine only."""
    from hypercorn.config import Config

    def wrap(original: Function) -> Function:
        def create_sockets(self: Any, binds: list[str], type_: int = socket.SOCK_STREAM) -> list[socket.socket]:
            sockets: list[socket.socket] = original(self, binds, type_)
            if os.environ.get("DOCKER_NETWORK") and type_ == socket.SOCK_STREAM and binds:
                sockets.append(at_gateway(int(os.environ["GATEWAY_PORT"])))
            return sockets

        return create_sockets

    replace(Config, "_create_sockets", "self binds type_", wrap)


def at_gateway(port: int) -> socket.socket:
    """A socket for hypercorn to listen on."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Linux takes a packet for this address from whatever network it arrives on, unless the socket has an interface.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, network.INTERFACE.encode())
    listener.bind((network.GATEWAY, port))
    listener.setblocking(False)
    return listener
