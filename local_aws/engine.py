"""Container engine for the emulator's containers, if available."""

import os
from typing import Any

DEFAULT_HOST = "unix:///var/run/docker.sock"
NO_ENGINE = "no container engine"


def docker_host() -> str:
    """Return the address of the container engine: DOCKER_HOST, or the default socket."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_HOST


def connect(host: str, timeout: int = 60) -> Any:
    """Return a client of the engine at `host`; raises an error of the package `docker` if none answers."""
    import docker  # type: ignore[import-untyped]  # imported here: it takes longer than most commands

    client = docker.DockerClient(base_url=host, timeout=timeout)
    client.ping()
    return client


def unavailable_reason(host: str, timeout: int = 5) -> str:
    """Return why no containers can run at `host`, or an empty string. `timeout` is in seconds."""
    try:
        connect(host, timeout).close()
    except Exception as error:  # anything from a refused connection to a wrong API version
        return describe_error(host, error)
    return ""


def describe_error(host: str, error: BaseException) -> str:
    """Translate an error of the package `docker` into a message for the user."""
    cause = _root(error)
    if isinstance(cause, PermissionError):
        return f"no permission to use the container engine at {host}: add yourself to its group (docker)"
    if isinstance(cause, FileNotFoundError | ConnectionRefusedError):
        return NO_ENGINE
    return f"the container engine at {host} does not answer ({str(cause).splitlines()[0]})"


def _root(error: BaseException) -> BaseException:
    """Return the operating system's error that docker, requests and urllib3 have wrapped, or `error` itself."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        candidate = queue.pop(0)
        if id(candidate) in seen:
            continue
        seen.add(id(candidate))
        if isinstance(candidate, OSError) and candidate.errno:
            return candidate
        nested = (*candidate.args, candidate.__cause__, candidate.__context__)
        queue += [each for each in nested if isinstance(each, BaseException)]
    return error
