"""The shared file system, on which the releases of the projects' DAGs lie."""

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

from modules.firewall import Firewall
from modules.iam import Statement, policy
from modules.part import Part, Scope
from modules.platform.network import Network

NFS = 2049
# The user and group of the official Airflow image.
UID, GID = 50000, 0


class Files(Part):
    """An encrypted file system with one access point, ``/projects``, owned by Airflow's user."""

    def __init__(self, scope: Scope, id: str, *, name: str, network: Network, protected: bool) -> None:
        super().__init__(scope, id)
        self.firewall = Firewall(self, "firewall", prefix=name, part="files", vpc_id=network.vpc_id)
        EfsFileSystem(
            *self.at("file_system"),
            encrypted=True,
            throughput_mode="elastic",
            lifecycle_policy=[EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS")],
            tags={"Name": name},
        )
        self.file_system_id = self.reference("aws_efs_file_system", "file_system", "id")
        self.arn = self.reference("aws_efs_file_system", "file_system", "arn")
        EfsBackupPolicy(
            *self.at("backup"),
            file_system_id=self.file_system_id,
            backup_policy=EfsBackupPolicyBackupPolicy(status="ENABLED" if protected else "DISABLED"),
        )
        self.mount_targets = [
            EfsMountTarget(
                *self.at(f"mount_target_{index}"),
                file_system_id=self.file_system_id,
                subnet_id=subnet_id,
                security_groups=[self.firewall.group_id],
            )
            for index, subnet_id in enumerate(network.private_subnet_ids)
        ]
        EfsAccessPoint(
            *self.at("projects"),
            file_system_id=self.file_system_id,
            posix_user=EfsAccessPointPosixUser(uid=UID, gid=GID),
            root_directory=EfsAccessPointRootDirectory(
                path="/projects",
                creation_info=EfsAccessPointRootDirectoryCreationInfo(owner_uid=UID, owner_gid=GID, permissions="0755"),
            ),
            tags={"Name": f"{name}-projects"},
        )
        self.access_point_id = self.reference("aws_efs_access_point", "projects", "id")
        self.access_point_arn = self.reference("aws_efs_access_point", "projects", "arn")
        EfsFileSystemPolicy(
            *self.at("policy"),
            file_system_id=self.file_system_id,
            policy=policy(
                Statement(
                    "TlsOnly",
                    [
                        "elasticfilesystem:ClientMount",
                        "elasticfilesystem:ClientWrite",
                        "elasticfilesystem:ClientRootAccess",
                    ],
                    [self.arn],
                    effect="Deny",
                    principals="*",
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                ),
                # EFS gives a policy without an id one of its own, which every plan would then take away.
                id="1",
            ),
        )


def write_files(file_system_arn: str, access_point_arn: str) -> Statement:
    """Writes through the same access point."""
    return Statement(
        "WriteProjects",
        ["elasticfilesystem:ClientWrite"],
        [file_system_arn],
        conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn}},
    )


def mount_files(file_system_arn: str, access_point_arn: str) -> Statement:
    """Mounts the file system through one access point, to read."""
    return Statement(
        "MountFiles",
        ["elasticfilesystem:ClientMount"],
        [file_system_arn],
        conditions={"StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn}},
    )
