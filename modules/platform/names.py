"""The platform's physical names; ``<prefix>`` is ``airflow-<env>``."""

from typing import Self

from modules.config import Config
from modules.names import (
    BucketName,
    DatabaseIdentifier,
    EcsName,
    LoadBalancerName,
    LogGroupName,
    ParameterName,
    ReplicationGroupId,
    RepositoryName,
    RoleName,
    SecretName,
    SecurityGroupName,
    TargetGroupName,
)


class PlatformNames(Config):
    """Creating an instance validates every name against AWS's limits."""

    prefix: EcsName
    longest_role: RoleName
    log_bucket: BucketName
    audit_bucket: BucketName
    load_balancer: LoadBalancerName
    target_group: TargetGroupName
    database: DatabaseIdentifier
    broker: ReplicationGroupId
    repository: RepositoryName
    cluster: EcsName
    secrets: SecretName
    contract: ParameterName
    log_groups: LogGroupName
    longest_group: SecurityGroupName

    @classmethod
    def of(cls, prefix: str, account_id: str) -> Self:
        """Return the names of the platform of ``prefix``; raises ValidationError for a name that AWS would refuse."""
        return cls(
            prefix=prefix,
            longest_role=f"{prefix}-dag-processor-execution",
            log_bucket=f"{prefix}-logs-{account_id}",
            audit_bucket=f"{prefix}-audit-{account_id}",
            load_balancer=f"{prefix}-entry",
            target_group=f"{prefix}-api",
            database=f"{prefix}-database",
            broker=f"{prefix}-broker",
            repository=f"{prefix}-airflow",
            cluster=prefix,
            secrets=prefix,
            contract=f"/{prefix}/platform",
            log_groups=f"/{prefix}",
            longest_group=f"{prefix}-dag-processor",
        )
