"""The container engine behind the control plane of the emulator, if there is one that can be used."""

import os
from typing import Any

DEFAULT_HOST = "unix:///var/run/docker.sock"
NO_ENGINE = "no container engine"


def docker_host() -> str:
    """The address where an engine is looked for."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_HOST


def connect(host: str, timeout: int = 60) -> Any:
    """A client of the engine at `host`; raises whatever the package `docker` does if none answers."""
    import docker  # type: ignore[import-untyped]  # here, since it takes longer to import than most commands to run

    client = docker.DockerClient(base_url=host, timeout=timeout)
    client.ping()
    return client


def unavailable_reason(host: str, timeout: int = 5) -> str:
    """Why no containers can run at `host`; empty if they can. `timeout` in seconds."""
    try:
        connect(host, timeout).close()
    except Exception as error:  # from a refused connection to a wrong API version
        return describe_error(host, error)
    return ""


def describe_error(host: str, error: BaseException) -> str:
    """What an error of the package `docker` means for a person."""
    cause = _root(error)
    if isinstance(cause, PermissionError):
        return f"no permission to use the container engine at {host}: add yourself to its group (docker)"
    if isinstance(cause, FileNotFoundError | ConnectionRefusedError):
        return NO_ENGINE
    return f"the container engine at {host} does not answer ({str(cause).splitlines()[0]})"


def _root(error: BaseException) -> BaseException:
    """The error of the operating system below those of urllib3, requests and docker; the error itself if none is."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, OSError) and one.errno:
            return one
        waiting += [each for each in (*one.args, one.__cause__, one.__context__) if isinstance(each, BaseException)]
    return error
