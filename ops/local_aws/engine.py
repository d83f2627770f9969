"""Whether containers can run behind the control plane of the emulator."""

import importlib
import importlib.util
import os
from pathlib import Path

DEFAULT_HOST = "unix:///var/run/docker.sock"


def docker_host() -> str:
    """The address where the emulator will look for an engine."""
    return os.environ.get("DOCKER_HOST") or DEFAULT_HOST


def answers(host: str, timeout: int = 2) -> bool:
    """Whether an engine answers at `host` *and* the emulator can talk to it: ministack needs the package `docker`."""
    path = host.removeprefix("unix://")
    if path != host and not Path(path).exists():
        return False
    if importlib.util.find_spec("docker") is None:
        return False
    docker = importlib.import_module("docker")
    try:
        client = docker.DockerClient(base_url=host, timeout=timeout)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except Exception:  # whatever the reason, from a refused connection to a wrong API version: no containers
        return False
