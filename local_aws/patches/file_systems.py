"""Volumes of ECS tasks.

AWS: mounts an EFS file system, at the root directory of the access point, which it makes with the owner that the access
point says; a volume without a place is empty storage of the task's.
ministack 1.5.33: mounts neither, and says nothing.
In a task: the projects' DAGs are not there, and what one task writes no other sees.
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
MOUNT = "mnt"  # where a new volume is mounted once, to give it its owner
UNUSED_WITHIN_SECONDS = 180  # seconds; no task takes longer to stop


def apply() -> None:
    """Make each directory that is mounted a volume of the engine. (One below another does not show in it.)"""
    if containers.RUN_ID_VARIABLE not in os.environ:
        return
    from docker.models.containers import ContainerCollection  # type: ignore[import-untyped]
    from ministack.core.concurrency import spawn_background
    from ministack.services import ecs, efs

    new: dict[str, dict[str, Any]] = {}
    """By name, the volumes that have no owner yet."""

    def wrap_binds(original: Function) -> Function:
        def binds(td: dict[str, Any], cdef: dict[str, Any]) -> list[str]:
            volumes = {volume["name"]: volume for volume in td.get("volumes", [])}
            found: list[str] = original(td, cdef)
            for point in cdef.get("mountPoints", []):
                volume = volumes[point["sourceVolume"]]
                if where := volume.get("efsVolumeConfiguration"):
                    mode = "ro" if point.get("readOnly") else "rw"
                    found.append(
                        f"{ensure_volume(ecs._get_docker(), where, new)}:{point['containerPath']}:{mode},nocopy"
                    )
                elif not (volume.get("host") or {}).get("sourcePath"):
                    found.append(point["containerPath"])
            return found

        return binds

    def wrap_create(original: Function) -> Function:
        def create(self: Any, image: Any, command: Any = None, **settings: Any) -> Any:
            container = original(self, image, command, **settings)
            for bind in settings.get("volumes") or ():
                if creation := new.pop(bind.split(":")[0], None):
                    set_owner(self.client, image, bind.split(":")[0], creation)
            return container

        return create

    def wrap_delete(original: Function) -> Function:
        def delete(fs_id: str) -> Any:
            response = original(fs_id)
            if response[0] == 204 and (client := ecs._get_docker()):
                spawn_background(remove_volumes, client, fs_id)
            return response

        return delete

    replace(ecs, "_docker_binds_from_taskdef", "td cdef", wrap_binds)
    replace(ContainerCollection, "create", "self image command kwargs", wrap_create)
    replace(efs, "_delete_file_system", "fs_id", wrap_delete)


def ensure_volume(client: Any, where: dict[str, Any], new: dict[str, dict[str, Any]]) -> str:
    """The engine's volume for what a task definition mounts, which is made and put into `new` if there is none."""
    from ministack.services import efs

    system = where["fileSystemId"]
    if system not in efs._file_systems:
        raise RuntimeError(f"file system {system} does not exist")
    point = (where.get("authorizationConfig") or {}).get("accessPointId")
    if point and point not in efs._access_points:
        raise RuntimeError(f"access point {point} does not exist")
    root: dict[str, Any] = {"Path": where.get("rootDirectory") or "/"}
    if point:
        root = efs._access_points[point]["RootDirectory"]
    run = os.environ[containers.RUN_ID_VARIABLE]
    name = f"airflow-on-aws-{run[:8]}-{system}{quote(root['Path'], safe='').replace('%', '.')}"
    if not client.volumes.list(filters={"name": name}):
        client.volumes.create(name, labels={containers.RUN_LABEL: run, FILE_SYSTEM_LABEL: system})
        new[name] = root.get("CreationInfo") or {"OwnerUid": 0, "OwnerGid": 0, "Permissions": "0755"}
    return name


def set_owner(client: Any, image: Any, volume: str, creation: dict[str, Any]) -> None:
    """Set owner and permissions of a new volume, in a container that never starts."""
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
    """Remove the volumes of a file system as soon as no container uses them."""
    deadline = time.monotonic() + UNUSED_WITHIN_SECONDS
    while volumes := client.volumes.list(filters={"label": f"{FILE_SYSTEM_LABEL}={system}"}):
        for volume in volumes:
            try:
                volume.remove()
            except Exception:  # in use
                if time.monotonic() > deadline:
                    raise
        time.sleep(1)
