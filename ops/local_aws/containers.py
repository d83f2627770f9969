"""What the emulator started in the container engine, and how all of it is removed again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ops.local_aws import engine, network

# On every container and every volume of an emulator: the run id of that emulator.
LABEL = "airflow-on-aws.run"


def remove(host: str, run_id: str) -> None:
    """Remove the containers and volumes of one run, at once, and then the network if nobody else is in it."""
    if not host or engine.why_not(host):
        return
    client = engine.connect(host)
    mine = {"label": f"{LABEL}={run_id}"}
    containers = client.containers.list(all=True, sparse=True, filters=mine)
    volumes = {volume.name for volume in client.volumes.list(filters=mine)}
    for container in containers:
        volumes |= {mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"}
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(_remove, containers))
        list(pool.map(_remove, [client.volumes.get(name) for name in volumes]))
    network.leave(client)
    client.close()


def _remove(thing: Any) -> None:
    import docker  # type: ignore[import-untyped]

    try:
        thing.remove(force=True, **({"v": True} if hasattr(thing, "image") else {}))
    except docker.errors.NotFound:  # the emulator was removing it too
        return
