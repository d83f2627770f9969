"""PostgreSQL on RDS, for the platform's metadata database and for a project's target database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from pydantic import Field, model_validator

from modules.config import Config, InstanceClass
from modules.firewall import Firewall
from modules.resource_group import ResourceGroup, Scope
from modules.secret import Secret, random_text

PORT = 5432
USER = "airflow"
# Logs that RDS exports to CloudWatch.
LOGS = ["postgresql", "upgrade"]
LOG_DAYS = 90


class Subnets(Protocol):
    """VPC and subnets for a database: the platform's Network or the PlatformContract."""

    @property
    def vpc_id(self) -> str:
        """Id of the VPC."""
        ...

    @property
    def private_subnet_ids(self) -> list[str]:
        """Ids of private subnets in at least two availability zones."""
        ...


class PostgresConfig(Config):
    """Configuration of an instance. RDS extends its storage up to ``max_storage_gb`` (GiB)."""

    engine_version: Annotated[str, Field(pattern=r"^1[4-7](\.\d+)?$", examples=["16"])] = "16"
    instance_class: InstanceClass = "db.t4g.medium"
    storage_gb: Annotated[int, Field(ge=20, le=65536)] = 20
    max_storage_gb: Annotated[int, Field(ge=20, le=65536)] = 100
    multi_az: bool = True
    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 7
    performance_insights: bool = True

    @model_validator(mode="after")
    def _room_to_grow(self) -> "PostgresConfig":
        if self.max_storage_gb < self.storage_gb:
            raise ValueError(
                f"max_storage_gb = {self.max_storage_gb} is below storage_gb = {self.storage_gb}; raise max_storage_gb"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class DatabaseContext:
    """Names and network of a database, for an instance and for a cluster."""

    prefix: str
    component: str
    database: str
    password_name: str
    """Name of the secret with the password, in Secrets Manager."""
    protected: bool
    subnets: Subnets

    @property
    def name(self) -> str:
        """Identifier in RDS."""
        return f"{self.prefix}-{self.component}"


class Postgres(ResourceGroup):
    """A private, encrypted instance with backups that accepts only TLS connections.

    Secrets Manager generates its password, and Terraform passes it to RDS without storing it; see secret.Secret.
    """

    def __init__(self, scope: Scope, id: str, config: PostgresConfig, *, context: DatabaseContext) -> None:
        super().__init__(scope, id)
        name, protected = context.name, context.protected
        self.database = context.database
        self.firewall, self.password, group = access(self, context)
        parameters = DbParameterGroup(
            *self.at("parameters"),
            name=name,
            family=f"postgres{config.engine_version.split('.')[0]}",
            parameter=[DbParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="immediate")],
        )
        logs = database_logs(self, f"/aws/rds/instance/{name}", LOGS)
        self.instance = DbInstance(
            *self.at(),
            identifier=name,
            engine="postgres",
            engine_version=config.engine_version,
            instance_class=config.instance_class,
            db_name=context.database,
            port=PORT,
            username=USER,
            password_wo=self.password.value(self, "stored_password"),
            password_wo_version=1,
            allocated_storage=config.storage_gb,
            max_allocated_storage=config.max_storage_gb,
            storage_type="gp3",
            storage_encrypted=True,
            db_subnet_group_name=group,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.firewall.group_id],
            publicly_accessible=False,
            multi_az=config.multi_az,
            auto_minor_version_upgrade=True,
            backup_retention_period=config.backup_retention_days,
            copy_tags_to_snapshot=True,
            performance_insights_enabled=config.performance_insights,
            enabled_cloudwatch_logs_exports=LOGS,
            depends_on=logs,
            deletion_protection=protected,
            delete_automated_backups=not protected,
            skip_final_snapshot=not protected,
            # Without a timestamp, which would be a change in every plan.
            final_snapshot_identifier=f"{name}-final" if protected else None,
        )
        self.host = self.instance.address


def access(part: ResourceGroup, context: DatabaseContext) -> tuple[Firewall, Secret, str]:
    """Create the subnet group, security group and password of an instance or cluster, as resources of its component."""
    subnets = DbSubnetGroup(*part.at("subnets"), name=context.name, subnet_ids=context.subnets.private_subnet_ids)
    return (
        Firewall(part, "firewall", prefix=context.prefix, component=context.component, vpc_id=context.subnets.vpc_id),
        Secret(
            part,
            "password",
            name=context.password_name,
            text=random_text(part, "random", 32),
            protected=context.protected,
            description=f"Password of {USER} at {context.name}",
        ),
        subnets.name,
    )


def database_logs(scope: Scope, prefix: str, kinds: Sequence[str]) -> list[CloudwatchLogGroup]:
    """Create the log groups that RDS exports to, so that logs expire and are destroyed with the database."""
    return [
        CloudwatchLogGroup(*scope.at(f"{kind}_logs"), name=f"{prefix}/{kind}", retention_in_days=LOG_DAYS)
        for kind in kinds
    ]
