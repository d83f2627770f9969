"""The shared file system, with the releases of the projects' DAGs."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.efs_access_point import (
    EfsAccessPoint,
    EfsAccessPointPosixUser,
    EfsAccessPointRootDirectory,
    EfsAccessPointRootDirectoryCreationInfo,
)
from cdktf_cdktf_provider_aws.efs_backup_policy import EfsBackupPolicy, EfsBackupPolicyBackupPolicy
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem, EfsFileSystemLifecyclePolicy
from cdktf_cdktf_provider_aws.efs_file_system_policy import EfsFileSystemPolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget

from modules.container import Volume
from modules.firewall import Firewall
from modules.iam import Statement, policy
from modules.platform.network import Network
from modules.platform.permissions import mount_files, refuse_plain_nfs, write_folder
from modules.resource_group import ResourceGroup, Scope
from modules.settings import projects_folder

NFS = 2049
# The user and group of the official Airflow image.
UID, GID = 50000, 0


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder of the file system, and the access point that is the only way into it."""

    volume: Volume
    arn: str
    file_system_arn: str

    @property
    def mount(self) -> Statement:
        """Permission to read it."""
        return mount_files(self.file_system_arn, self.arn)

    @property
    def write(self) -> Statement:
        """Permission to write to it as well."""
        return write_folder(self.file_system_arn, self.arn)


class Files(ResourceGroup):
    """An encrypted file system; its folder of projects belongs to Airflow's user."""

    def __init__(self, scope: Scope, id: str, *, name: str, network: Network, protected: bool) -> None:
        super().__init__(scope, id)
        self.firewall = Firewall(self, "firewall", prefix=name, component="files", vpc_id=network.vpc_id)
        file_system = EfsFileSystem(
            *self.at(),
            encrypted=True,
            throughput_mode="elastic",
            lifecycle_policy=[EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS")],
            tags={"Name": name},
        )
        self.file_system_id = file_system.id
        self.arn = file_system.arn
        EfsBackupPolicy(
            *self.at("backup"),
            file_system_id=self.file_system_id,
            backup_policy=EfsBackupPolicyBackupPolicy(status="ENABLED" if protected else "DISABLED"),
        )
        self.mount_targets = [
            EfsMountTarget(
                *self.at("mount", key=key),
                file_system_id=self.file_system_id,
                subnet_id=subnet_id,
                security_groups=[self.firewall.group_id],
            )
            for key, subnet_id in network.private_subnets.items()
        ]
        self.name = name
        self.projects = self.folder("projects", projects_folder(), uid=UID, gid=GID)
        EfsFileSystemPolicy(
            *self.at("access"),
            file_system_id=self.file_system_id,
            policy=policy(
                refuse_plain_nfs(self.arn),
                # EFS adds an id to a policy that has none, which every plan would then remove.
                id="1",
            ),
        )

    def folder(self, id: str, path: str, *, uid: int, gid: int, permissions: str = "0755") -> Folder:
        """Create the folder ``/<id>``, owned by a user and a group, which containers mount at ``path``."""
        access_point = EfsAccessPoint(
            *self.at(id),
            file_system_id=self.file_system_id,
            posix_user=EfsAccessPointPosixUser(uid=uid, gid=gid),
            root_directory=EfsAccessPointRootDirectory(
                path=f"/{id}",
                creation_info=EfsAccessPointRootDirectoryCreationInfo(
                    owner_uid=uid, owner_gid=gid, permissions=permissions
                ),
            ),
            tags={"Name": f"{self.name}-{id}"},
        )
        access_point_id = access_point.id
        return Folder(
            volume=Volume(name=id, file_system_id=self.file_system_id, access_point_id=access_point_id, path=path),
            arn=access_point.arn,
            file_system_arn=self.arn,
        )


def projects_volume(file_system_id: str, access_point_id: str) -> Volume:
    """Return the volume with the projects' DAGs, from the values of the platform's contract."""
    return Volume(
        name="projects", file_system_id=file_system_id, access_point_id=access_point_id, path=projects_folder()
    )
