"""The ECS cluster, its log groups, and the private names of its services."""

from typing import Annotated

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import (
    EcsClusterCapacityProviders,
    EcsClusterCapacityProvidersDefaultCapacityProviderStrategy,
)
from cdktf_cdktf_provider_aws.service_discovery_private_dns_namespace import ServiceDiscoveryPrivateDnsNamespace
from pydantic import Field

from modules.account import AccountConfig
from modules.config import Config, RetentionDays
from modules.platform.components import API_PORT, API_SERVER
from modules.platform.instances import Instances, InstancesConfig
from modules.platform.network import Network
from modules.resource_group import ResourceGroup, Scope


class LogsConfig(Config):
    """Retention of the components' output and of task logs, in days."""

    component_days: RetentionDays = 90
    task_days: Annotated[int, Field(ge=1, le=3653)] = 365


class Cluster(ResourceGroup):
    """Fargate and Fargate Spot, with nothing to patch; EC2 instances only where ``instances`` are wanted."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        config: LogsConfig,
        *,
        name: str,
        network: Network,
        account: AccountConfig,
        instances: InstancesConfig | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self.log_days = config.component_days
        insights = CloudwatchLogGroup(
            *self.at("insights"),
            name=f"/aws/ecs/containerinsights/{name}/performance",
            retention_in_days=config.component_days,
        )
        cluster = EcsCluster(
            *self.at(),
            name=name,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            # ECS would make it itself otherwise, and leave it behind.
            depends_on=[insights],
        )
        self.arn = cluster.arn
        # As text, because it becomes a part of a string inside an expression: cdktf removes the braces of a token there.
        cluster_name = self.reference("aws_ecs_cluster", "", "name")
        self.instances = (
            Instances(
                self,
                "instances",
                instances,
                prefix=name,
                cluster=cluster_name,
                cluster_arn=self.arn,
                account=account,
                network=network,
            )
            if instances
            else None
        )
        self.capacity = EcsClusterCapacityProviders(
            *self.at("capacity"),
            cluster_name=cluster_name,
            capacity_providers=["FARGATE", "FARGATE_SPOT", *([self.instances.provider] if self.instances else [])],
            default_capacity_provider_strategy=[
                EcsClusterCapacityProvidersDefaultCapacityProviderStrategy(capacity_provider="FARGATE", weight=1)
            ],
        )
        self.domain = f"{name}.internal"
        self.api_url = f"http://{API_SERVER.name}.{self.domain}:{API_PORT}"
        """The private address of the api-server, for tasks."""
        namespace = ServiceDiscoveryPrivateDnsNamespace(
            *self.at("domain"), name=self.domain, vpc=network.vpc_id, description=f"Services of {name}"
        )
        self.namespace_id = namespace.id
        self.task_log_group = self.log_group(self, "task_logs", "tasks").name

    def log_group(self, scope: Scope, id: str, component: str) -> CloudwatchLogGroup:
        """Create a log group: a group that ECS creates has no retention and outlives the stack."""
        return CloudwatchLogGroup(*scope.at(id), name=f"/{self.name}/{component}", retention_in_days=self.log_days)
