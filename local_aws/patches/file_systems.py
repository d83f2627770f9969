"""Volumes of ECS tasks.

AWS: mounts an EFS file system at the root directory of the access point, which it creates with the configured owner. A
volume without a source is empty storage for the task.
ministack 1.5.33: mounts neither, without an error.
In a task: the projects' DAGs are missing, and tasks share no files.
Remove when `_docker_binds_from_taskdef` in services/ecs.py of ministack reads `efsVolumeConfiguration`.
"""

import io
import os
import tarfile
import time
from typing import Any
from urllib.parse import quote

from local_aws import containers
from local_aws.patches.replace import Function, replace

FILE_SYSTEM_LABEL = "airflow-on-aws.file-system"
MOUNT = "mnt"  # temporary mount point, to set the owner of a new volume
UNUSED_WITHIN_SECONDS = 180  # no task takes longer to stop


def apply() -> None:
    """Mount each EFS directory as one volume of the engine. (A nested directory is not visible in its parent.)"""
    if containers.RUN_ID_VARIABLE not in os.environ:
        return
    from docker.models.containers import ContainerCollection  # type: ignore[import-untyped]
    from ministack.core.concurrency import spawn_background
    from ministack.services import ecs, efs

    new: dict[str, dict[str, Any]] = {}
    """Owner and permissions of new volumes, keyed by the volume's name, until they are set."""

    @replace(ecs, "_docker_binds_from_taskdef", "td cdef")
    def binds(original: Function, td: dict[str, Any], cdef: dict[str, Any]) -> list[str]:
        volumes = {volume["name"]: volume for volume in td.get("volumes", [])}
        found: list[str] = original(td, cdef)
        for point in cdef.get("mountPoints", []):
            volume = volumes[point["sourceVolume"]]
            if source := volume.get("efsVolumeConfiguration"):
                mode = "ro" if point.get("readOnly") else "rw"
                found.append(f"{ensure_volume(ecs._get_docker(), source, new)}:{point['containerPath']}:{mode},nocopy")
            elif not (volume.get("host") or {}).get("sourcePath"):
                found.append(point["containerPath"])
        return found

    @replace(ContainerCollection, "create", "self image command kwargs")
    def create(original: Function, self: Any, image: Any, command: Any = None, **settings: Any) -> Any:
        container = original(self, image, command, **settings)
        for bind in settings.get("volumes") or ():
            if creation := new.pop(bind.split(":")[0], None):
                set_owner(self.client, image, bind.split(":")[0], creation)
        return container

    @replace(efs, "_delete_file_system", "fs_id")
    def delete(original: Function, fs_id: str) -> Any:
        response = original(fs_id)
        if response[0] == 204 and (client := ecs._get_docker()):
            spawn_background(remove_volumes, client, fs_id)
        return response


def ensure_volume(client: Any, source: dict[str, Any], new: dict[str, dict[str, Any]]) -> str:
    """Return the name of the volume for an EFS configuration; a missing volume is created and added to `new`."""
    from ministack.services import efs

    system = source["fileSystemId"]
    if system not in efs._file_systems:
        raise RuntimeError(f"file system {system} does not exist")
    point = (source.get("authorizationConfig") or {}).get("accessPointId")
    if point and point not in efs._access_points:
        raise RuntimeError(f"access point {point} does not exist")
    root: dict[str, Any] = {"Path": source.get("rootDirectory") or "/"}
    if point:
        root = efs._access_points[point]["RootDirectory"]
    run = os.environ[containers.RUN_ID_VARIABLE]
    name = f"airflow-on-aws-{run[:8]}-{system}{quote(root['Path'], safe='').replace('%', '.')}"
    if not client.volumes.list(filters={"name": name}):
        client.volumes.create(name, labels={containers.RUN_LABEL: run, FILE_SYSTEM_LABEL: system})
        new[name] = root.get("CreationInfo") or {"OwnerUid": 0, "OwnerGid": 0, "Permissions": "0755"}
    return name


def set_owner(client: Any, image: Any, volume: str, creation: dict[str, Any]) -> None:
    """Set owner and permissions of a new volume, through a container that is never started."""
    entry = tarfile.TarInfo(MOUNT)
    entry.type = tarfile.DIRTYPE
    entry.uid, entry.gid = creation["OwnerUid"], creation["OwnerGid"]
    entry.mode = int(creation["Permissions"], 8)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(entry)
    image = getattr(image, "id", image)
    binds = client.api.create_host_config(binds=[f"{volume}:/{MOUNT}:rw,nocopy"])
    id = client.api.create_container(image, ["-"], host_config=binds)["Id"]
    try:
        client.api.put_archive(id, "/", content.getvalue())
    finally:
        client.api.remove_container(id)


def remove_volumes(client: Any, system: str) -> None:
    """Remove the volumes of a file system, as soon as no container uses them."""
    deadline = time.monotonic() + UNUSED_WITHIN_SECONDS
    while volumes := client.volumes.list(filters={"label": f"{FILE_SYSTEM_LABEL}={system}"}):
        for volume in volumes:
            try:
                volume.remove()
            except Exception:  # in use
                if time.monotonic() > deadline:
                    raise
        time.sleep(1)
