"""The PostgreSQL database that a project's DAGs write to: an instance, or Aurora Serverless that scales to zero."""

from typing import Annotated, Literal

from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster, RdsClusterServerlessv2ScalingConfiguration
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
)
from pydantic import Field, model_validator

from modules.config import Config
from modules.postgres import PORT, USER, DatabaseContext, Postgres, PostgresConfig, access, database_logs
from modules.resource_group import ResourceGroup, Scope

# Aurora capacity units, 2 GiB of memory each, in halves.
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
Capacity = Annotated[float, Field(ge=0, le=256, multiple_of=0.5, strict=False)]


class ServerlessConfig(Config):
    """Aurora Serverless v2. With ``min_capacity = 0`` it pauses after ``pause_after_minutes`` and resumes in about 15 s."""

    # Scaling to zero needs 16.3 or later; with a major version only, AWS chooses its default minor version.
    engine_version: Annotated[str, Field(pattern=r"^1[67](\.\d+)?$", examples=["16"])] = "16"
    min_capacity: Capacity = 0
    max_capacity: Capacity = 4
    pause_after_minutes: Annotated[int, Field(ge=5, le=1440)] = 10
    backup_retention_days: Annotated[int, Field(ge=1, le=35)] = 7

    @model_validator(mode="after")
    def _capacities_fit(self) -> "ServerlessConfig":
        if self.max_capacity < max(self.min_capacity, 1):
            raise ValueError(
                f"max_capacity = {self.max_capacity:g} must be 1 or more, and not below min_capacity; raise it"
            )
        return self


class TargetConfig(Config):
    """Kind of target database and its settings; settings of the other kind are rejected."""

    kind: Literal["instance", "serverless"] = "serverless"
    instance: PostgresConfig | None = None
    serverless: ServerlessConfig | None = None

    @model_validator(mode="after")
    def _settings_match_the_kind(self) -> "TargetConfig":
        other = "serverless" if self.kind == "instance" else "instance"
        if getattr(self, other) is not None:
            raise ValueError(f'kind = "{self.kind}" and the settings {other} = {{…}} exclude each other; delete one')
        return self


class ServerlessPostgres(ResourceGroup):
    """A private, encrypted Aurora cluster with one serverless instance that accepts only TLS connections."""

    def __init__(self, scope: Scope, id: str, config: ServerlessConfig, *, context: DatabaseContext) -> None:
        super().__init__(scope, id)
        name, protected = context.name, context.protected
        self.database = context.database
        self.firewall, self.password, group = access(self, context)
        parameters = RdsClusterParameterGroup(
            *self.at("parameters"),
            name=name,
            family=f"aurora-postgresql{config.engine_version.split('.')[0]}",
            parameter=[RdsClusterParameterGroupParameter(name="rds.force_ssl", value="1", apply_method="immediate")],
        )
        logs = database_logs(self, f"/aws/rds/cluster/{name}", ["postgresql"])
        sleeps = config.min_capacity == 0
        cluster = RdsCluster(
            *self.at(),
            cluster_identifier=name,
            engine="aurora-postgresql",
            engine_mode="provisioned",
            engine_version=config.engine_version,
            database_name=context.database,
            port=PORT,
            master_username=USER,
            master_password_wo=self.password.value(self, "stored_password"),
            master_password_wo_version=1,
            storage_encrypted=True,
            db_subnet_group_name=group,
            db_cluster_parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.firewall.group_id],
            backup_retention_period=config.backup_retention_days,
            copy_tags_to_snapshot=True,
            enabled_cloudwatch_logs_exports=["postgresql"],
            depends_on=logs,
            deletion_protection=protected,
            skip_final_snapshot=not protected,
            final_snapshot_identifier=f"{name}-final" if protected else None,
            serverlessv2_scaling_configuration=RdsClusterServerlessv2ScalingConfiguration(
                min_capacity=config.min_capacity,
                max_capacity=config.max_capacity,
                seconds_until_auto_pause=config.pause_after_minutes * 60 if sleeps else None,
            ),
        )
        RdsClusterInstance(
            *self.at("writer"),
            identifier=f"{name}-1",
            cluster_identifier=cluster.id,
            instance_class="db.serverless",
            engine=cluster.engine,
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
        )
        self.host = cluster.endpoint


def target(scope: Scope, id: str, config: TargetConfig, *, context: DatabaseContext) -> Postgres | ServerlessPostgres:
    """Create the target database of the configured kind."""
    if config.kind == "instance":
        return Postgres(scope, id, config.instance or PostgresConfig(), context=context)
    return ServerlessPostgres(scope, id, config.serverless or ServerlessConfig(), context=context)
