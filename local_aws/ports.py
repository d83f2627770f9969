"""Ports on loopback: free ones, and the process that occupies one."""

import contextlib
import random
import socket
from itertools import islice

import psutil

from local_aws.errors import LocalAwsError

LOOPBACK = "127.0.0.1"
# Below the ephemeral range, from which systems assign ports on their own, so that a free port stays free.
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Return whether a server can bind `port` on loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose(port: int | None) -> int:
    """Return `port`, or any free port if it is None. Raises LocalAwsError if `port` is taken."""
    if port is None:
        return free(1)[0]
    if not is_free(port):
        raise LocalAwsError(
            f"port {port} on {LOOPBACK} is taken by {holder(port)}: choose another port with --port, "
            "or omit --port to use a free port"
        )
    return port


def free(count: int) -> list[int]:
    """Return `count` different free ports."""
    candidates = random.sample(RANGE, len(RANGE))
    return list(islice(filter(is_free, candidates), count))


def holder(port: int) -> str:
    """Name the process that listens on `port`, if this user can see it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (connection.status, connection.laddr[1:]) == (psutil.CONN_LISTEN, (port,)) and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:  # macOS shows sockets of other users to root only
        pass
    return "another process"


def listening(process: psutil.Process) -> set[tuple[str, int]]:
    """Return address and port of every socket on which `process` and its children listen."""
    found = process.net_connections("inet")
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended meanwhile
            found += child.net_connections("inet")
    return {(each.laddr.ip, each.laddr.port) for each in found if each.status == psutil.CONN_LISTEN}
