"""Containers, volumes and images of an emulator in the container engine, and their removal."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from local_aws import engine, network
from local_aws.ports import LOOPBACK

# Label of every container and volume that an emulator creates; its value is the emulator's run id.
RUN_LABEL = "airflow-on-aws.run"
# Environment variable with the run id, for the emulator's process; not set without a container engine.
RUN_ID_VARIABLE = "AIRFLOW_ON_AWS_RUN"
# Timeout for an object whose removal another client of the engine has already requested.
REMOVAL_SECONDS = 30.0
# Timeout for an answer of a busy engine during clean-up; longer than at the start, or containers would be left behind.
BUSY_ENGINE_SECONDS = 30


def find_engine() -> tuple[str, str]:
    """Return the address of the container engine, or an empty string and the reason why no containers can run."""
    host = engine.docker_host()
    if reason := engine.unavailable_reason(host):
        return "", reason
    client = engine.connect(host)
    try:
        reason = network.ensure(client)
        if not reason and not network.in_use():  # no emulator runs, so these are left over from killed ones
            _remove_labelled(client, RUN_LABEL)
    finally:
        client.close()
    return ("", reason) if reason else (host, "")


def engine_environment(host: str, run_id: str) -> dict[str, str]:
    """Return the variables with which ministack and the patches run containers at `host`; none run if it is empty."""
    if not host:
        return {"DOCKER_HOST": "unix:///no-engine"}
    return {
        "DOCKER_HOST": host,
        "DOCKER_NETWORK": network.NAME,
        "MINISTACK_HOSTNAME": run_id,  # ministack labels its containers with this
        "MINISTACK_DOCKER_TIMEOUT": "120",  # seconds; a busy engine is slow to create a container
        RUN_ID_VARIABLE: run_id,
    }


def remove_run(host: str, run_id: str, port: int) -> None:
    """Kill and remove the containers of one run, its volumes and images, and the network if it is unused.

    The images of a run are those with a name in the emulator's registry at `port`.
    """
    if not host or engine.unavailable_reason(host, BUSY_ENGINE_SECONDS):
        return
    client = engine.connect(host)
    _remove_labelled(client, f"{RUN_LABEL}={run_id}")
    names = [name for image in client.images.list() for name in image.tags + image.attrs["RepoDigests"]]
    _remove_all(client.api.remove_image, (name for name in names if name.startswith(f"{LOOPBACK}:{port}/")))
    network.remove_if_unused(client)
    client.close()


def _remove_labelled(client: Any, label: str) -> None:
    labelled = {"label": label}
    containers = client.containers.list(all=True, sparse=True, filters=labelled)
    volumes = {volume.name for volume in client.volumes.list(filters=labelled)}
    for container in containers:
        volumes |= {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
    _remove_all(
        lambda id: client.api.remove_container(id, v=True, force=True), (container.id for container in containers)
    )
    _remove_all(lambda name: client.api.remove_volume(name, force=True), volumes)


def _remove_all(remove: Callable[[str], Any], names: Iterable[str]) -> None:
    import docker  # type: ignore[import-untyped]

    def remove_one(name: str) -> None:
        deadline = time.monotonic() + REMOVAL_SECONDS
        with suppress(docker.errors.NotFound):
            while True:
                try:
                    remove(name)
                    break
                except docker.errors.APIError as error:  # a conflict: the engine is already removing it
                    if error.status_code != HTTPStatus.CONFLICT or time.monotonic() > deadline:
                        raise
                time.sleep(0.2)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(remove_one, names))
