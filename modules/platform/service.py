"""One component of Airflow as an ECS service."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
    EcsServiceServiceRegistries,
)
from cdktf_cdktf_provider_aws.service_discovery_service import (
    ServiceDiscoveryService,
    ServiceDiscoveryServiceDnsConfig,
    ServiceDiscoveryServiceDnsConfigDnsRecords,
)

from modules.config import TaskSize
from modules.container import Container, TaskContext
from modules.firewall import Firewall
from modules.iam import Role, Statement
from modules.platform.cluster import Cluster
from modules.platform.components import ApiServerConfig, Component
from modules.platform.entry import Entry
from modules.platform.permissions import log_in_to_registry, open_shell, pull_images, write_container_logs
from modules.platform.site import PlatformSite
from modules.resource_group import ResourceGroup, Scope
from modules.secret import read_secrets
from modules.task import Task

# Seconds before ECS acts on a failed health check of a new api-server.
GRACE_SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """Tasks of a service: what runs in them, how many there are, and what their code is allowed to do."""

    component: Component
    size: TaskSize
    containers: Sequence[Container]
    context: TaskContext
    statements: Sequence[Statement]
    count: int = 1
    autoscaled: bool = False
    """The count changes between deploys."""
    execute_command: bool = False


class Service(ResourceGroup):
    """A component that ECS keeps running, and rolls back if a new version does not become healthy."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        spec: ServiceSpec,
        *,
        site: PlatformSite,
        firewalls: Sequence[Firewall],
        entry: Entry | None = None,
        instances: str | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
    ) -> None:
        """Create the service; ``instances`` is the capacity provider of EC2 instances, None for Fargate."""
        super().__init__(scope, id)
        component, cluster, network = spec.component, site.cluster, site.network
        name = f"{cluster.name}-{component.name}"
        logs = cluster.log_group(self, "logs", component.name)
        injected = sorted({arn for container in spec.containers for arn in container.secrets.values()})
        execution = Role(
            self,
            "execution",
            name=f"{name}-execution",
            path=site.role_path,
            account=site.account,
            statements=[
                log_in_to_registry(),
                pull_images(site.registry.arn),
                write_container_logs(logs.arn),
                *([read_secrets(*injected)] if injected else []),
            ],
        )
        role = Role(
            self,
            "role",
            name=name,
            path=site.role_path,
            account=site.account,
            statements=[*spec.statements, *([open_shell()] if spec.execute_command else [])],
        )
        task = Task(
            self,
            "task",
            spec.size,
            family=name,
            containers=spec.containers,
            context=spec.context,
            log_group=logs.name,
            stream_prefix="ecs",
            task_role_arn=role.arn,
            execution_role_arn=execution.arn,
            on_ec2=instances is not None,
        )
        provider = instances or ("FARGATE_SPOT" if spec.size.spot else "FARGATE")
        port = component.port
        self.service = EcsService(
            *self.at(),
            name=component.name,
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=spec.count,
            capacity_provider_strategy=[EcsServiceCapacityProviderStrategy(capacity_provider=provider, weight=1)],
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=network.task_subnet_ids,
                security_groups=[group.group_id for group in firewalls],
                assign_public_ip=network.assign_public_ip and not instances,
            ),
            # Otherwise the new task is healthy before the old task is stopped.
            deployment_minimum_healthy_percent=0 if component.alone else 100,
            deployment_maximum_percent=100 if component.alone else 200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            availability_zone_rebalancing="DISABLED" if component.alone else "ENABLED",
            enable_execute_command=spec.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=entry.target_group_arn, container_name=component.name, container_port=port
                )
            ]
            if entry and port
            else None,
            health_check_grace_period_seconds=GRACE_SECONDS if entry else None,
            service_registries=EcsServiceServiceRegistries(registry_arn=self._private_name(component, cluster))
            if port
            else None,
            wait_for_steady_state=not component.drains,
            depends_on=[cluster.capacity, *([entry.listener] if entry else []), *depends_on],
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["desired_count"] if spec.autoscaled else None,
                postcondition=[self._runs(component.name, task.arn, f"/{cluster.name}/{component.name}")],
            ),
        )

    def _runs(self, name: str, task_arn: str, log_group: str) -> Postcondition:
        # The provider takes a service that was rolled back for a steady one:
        # https://github.com/hashicorp/terraform-provider-aws/issues/20858
        return Postcondition(
            condition=f"${{self.task_definition == {task_arn}}}",
            error_message=f"{name} did not come up with what was deployed, so ECS went back to what ran before. "
            f"The log group {log_group} says why, and `pipenv run ops explain ENV` shows the end of it.",
        )

    def _private_name(self, component: Component, cluster: Cluster) -> str:
        private_name = ServiceDiscoveryService(
            *self.at("private_name"),
            name=component.name,
            dns_config=ServiceDiscoveryServiceDnsConfig(
                namespace_id=cluster.namespace_id,
                routing_policy="MULTIVALUE",
                dns_records=[ServiceDiscoveryServiceDnsConfigDnsRecords(type="A", ttl=10)],
            ),
            force_destroy=True,
        )
        return private_name.arn

    def scale_by_cpu(self, config: ApiServerConfig, cluster: Cluster) -> None:
        """Scale between the minimum and maximum count, by the average CPU."""
        target = AppautoscalingTarget(
            *self.at("scaling"),
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{cluster.name}/{self.service.name}",
            min_capacity=config.min_count,
            max_capacity=config.max_count,
        )
        tracking = AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
            target_value=config.cpu_target,
            predefined_metric_specification=AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification(
                predefined_metric_type="ECSServiceAverageCPUUtilization"
            ),
        )
        AppautoscalingPolicy(
            *self.at("scaling_by_cpu"),
            name=f"{cluster.name}-cpu",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=tracking,
        )
