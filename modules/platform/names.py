"""The platform's physical names; ``<prefix>`` is ``airflow-<env>``."""

from typing import Self

from modules import names
from modules.config import Config


class PlatformNames(Config):
    """Creating an instance validates every name against AWS's limits."""

    prefix: names.EcsName
    longest_role: names.RoleName
    log_bucket: names.BucketName
    audit_bucket: names.BucketName
    load_balancer: names.LoadBalancerName
    target_group: names.TargetGroupName
    database: names.DatabaseIdentifier
    broker: names.ReplicationGroupId
    repository: names.RepositoryName
    cluster: names.EcsName
    secrets: names.SecretName
    contract: names.ParameterName
    log_groups: names.LogGroupName
    longest_group: names.SecurityGroupName

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
