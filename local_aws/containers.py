"""What the emulator started in the container engine, and how all of it is removed again."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from local_aws import engine, network
from local_aws.ports import LOOPBACK

# On every container and every volume of an emulator: the run id of that emulator.
RUN_LABEL = "airflow-on-aws.run"
# Where the emulator finds that run id; absent without an engine.
RUN_ID_VARIABLE = "AIRFLOW_ON_AWS_RUN"
# As long as the engine may take to remove what somebody else had it remove.
REMOVAL_SECONDS = 30.0
# As long as an engine with much to do may take to answer when all is to be removed.
BUSY_ENGINE_SECONDS = 30


def find_engine() -> tuple[str, str]:
    """The engine that containers are to run in; empty if there is none to be used, and then why."""
    host = engine.docker_host()
    if why_not := engine.unavailable_reason(host):
        return "", why_not
    client = engine.connect(host)
    try:
        why_not = network.ensure(client)
        if not why_not and not network.in_use():
            _remove_marked(client, RUN_LABEL)  # by emulators that were killed, with their machine or by somebody
    finally:
        client.close()
    return ("", why_not) if why_not else (host, "")


def engine_environment(host: str, run_id: str) -> dict[str, str]:
    """What ministack and our patches need to run containers at `host`, or none at all if it is empty."""
    if not host:
        return {"DOCKER_HOST": "unix:///no-engine"}
    return {
        "DOCKER_HOST": host,
        "DOCKER_NETWORK": network.NAME,
        "MINISTACK_HOSTNAME": run_id,  # in the labels by which it knows its own containers
        "MINISTACK_DOCKER_TIMEOUT": "120",  # seconds that a busy engine may take to make a container
        RUN_ID_VARIABLE: run_id,
    }


def remove_run(host: str, run_id: str, port: int) -> None:
    """Remove the containers, volumes and images of one run, at once, and the network if nobody else is in it.

    Its images are those that were pulled from, or tagged for, the registry at its port.
    """
    if not host or engine.unavailable_reason(host, BUSY_ENGINE_SECONDS):
        return
    client = engine.connect(host)
    _remove_marked(client, f"{RUN_LABEL}={run_id}")
    names = [name for image in client.images.list() for name in image.tags + image.attrs["RepoDigests"]]
    _remove_all(client.api.remove_image, (name for name in names if name.startswith(f"{LOOPBACK}:{port}/")))
    network.remove_if_unused(client)
    client.close()


def _remove_marked(client: Any, label: str) -> None:
    marked = {"label": label}
    containers = client.containers.list(all=True, sparse=True, filters=marked)
    volumes = {volume.name for volume in client.volumes.list(filters=marked)}
    for container in containers:
        volumes |= {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
    _remove_all(
        lambda id: client.api.remove_container(id, v=True, force=True), (container.id for container in containers)
    )
    _remove_all(lambda name: client.api.remove_volume(name, force=True), volumes)


def _remove_all(remove: Callable[[str], Any], names: Iterable[str]) -> None:
    import docker  # type: ignore[import-untyped]

    def one(name: str) -> None:
        until = time.monotonic() + REMOVAL_SECONDS
        with suppress(docker.errors.NotFound):
            while True:
                try:
                    remove(name)
                    break
                except docker.errors.APIError as error:  # of a container that the engine is removing already
                    if error.status_code != HTTPStatus.CONFLICT or time.monotonic() > until:
                        raise
                time.sleep(0.2)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(one, names))
