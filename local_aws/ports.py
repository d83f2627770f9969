"""Which port the emulator gets, and who holds one that it cannot get."""

import contextlib
import random
import socket
from itertools import islice

import psutil

from local_aws.errors import LocalAwsError

LOOPBACK = "127.0.0.1"
# Below those that a system gives to connections that go out, and to servers that take any: one that is free stays so.
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server could be bound to `port` on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose(port: int | None) -> int:
    """`port` if it is free (raises LocalAwsError if it is not), any free one if it is None."""
    if port is None:
        return free(1)[0]
    if not is_free(port):
        raise LocalAwsError(
            f"port {port} on {LOOPBACK} is taken by {holder(port)}: choose another one with --port, "
            "or leave --port out to get a free one"
        )
    return port


def free(count: int) -> list[int]:
    """So many ports, each another one."""
    some = (port for port in random.sample(RANGE, len(RANGE)) if is_free(port))
    return list(islice(some, count))


def holder(port: int) -> str:
    """The process that listens on `port`, as far as this user may see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (connection.status, connection.laddr[1:]) == (psutil.CONN_LISTEN, (port,)) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:  # macOS shows other people's sockets to root only
        pass
    return "another process"


def listening(process: psutil.Process) -> set[tuple[str, int]]:
    """Address and port of everything that `process` and its children listen on."""
    found = process.net_connections("inet")
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it ended since
            found += child.net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}
