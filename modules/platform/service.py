"""One component of Airflow as an ECS service."""

from collections.abc import Sequence

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
from modules.platform.cluster import Cluster, write_container_logs
from modules.platform.components import ApiServerConfig, Component
from modules.platform.entry import Entry
from modules.platform.network import Network
from modules.platform.registry import Registry, log_in_to_registry, pull_images
from modules.resource_group import ResourceGroup, Scope
from modules.secret import inner, read_secrets
from modules.task import Task

ECS_TASKS = "ecs-tasks.amazonaws.com"
# A new api-server is asked after this long at the earliest.
GRACE_SECONDS = 180


class Service(ResourceGroup):
    """A component that ECS keeps running, and rolls back when a new version does not come up."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        size: TaskSize,
        *,
        count: int,
        scales: bool = False,
        component: Component,
        containers: Sequence[Container],
        statements: Sequence[Statement],
        context: TaskContext,
        account_id: str,
        ecs_arns: str,
        cluster: Cluster,
        network: Network,
        registry: Registry,
        firewall: Firewall,
        more_groups: Sequence[Firewall] = (),
        entry: Entry | None = None,
        depends_on: Sequence[ITerraformDependable] = (),
        execute_command: bool = False,
        instances: str | None = None,
    ) -> None:
        """``scales``: something else moves the count between deploys. ``instances``: an EC2 capacity provider."""
        super().__init__(scope, id)
        name = f"{cluster.name}-{component.name}"
        cluster.log_group(self, "logs", component.name)
        injected = sorted({arn for container in containers for arn in container.secrets.values()})
        execution = Role(
            self,
            "execution",
            name=f"{name}-execution",
            path=f"/{cluster.name}/",
            service=ECS_TASKS,
            account_id=account_id,
            source_arn=ecs_arns,
            statements=[
                log_in_to_registry(),
                pull_images(registry.arn),
                write_container_logs(self.reference("aws_cloudwatch_log_group", "logs", "arn")),
                *([read_secrets(*injected)] if injected else []),
            ],
        )
        role = Role(
            self,
            "role",
            name=name,
            path=f"/{cluster.name}/",
            service=ECS_TASKS,
            account_id=account_id,
            source_arn=ecs_arns,
            statements=[*statements, *([open_shell()] if execute_command else [])],
        )
        task = Task(
            self,
            "task",
            size,
            family=name,
            containers=containers,
            context=context,
            log_group=self.reference("aws_cloudwatch_log_group", "logs", "name"),
            stream_prefix="ecs",
            task_role_arn=role.arn,
            execution_role_arn=execution.arn,
            on_ec2=instances is not None,
        )
        provider = instances or ("FARGATE_SPOT" if size.spot else "FARGATE")
        port = component.port
        self.service = EcsService(
            *self.at(),
            name=component.name,
            cluster=cluster.arn,
            task_definition=task.arn,
            desired_count=count,
            capacity_provider_strategy=[EcsServiceCapacityProviderStrategy(capacity_provider=provider, weight=1)],
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=network.task_subnet_ids,
                security_groups=[group.group_id for group in (firewall, *more_groups)],
                assign_public_ip=network.assign_public_ip and not instances,
            ),
            # Otherwise the new one is up before the old one goes.
            deployment_minimum_healthy_percent=0 if component.alone else 100,
            deployment_maximum_percent=100 if component.alone else 200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            availability_zone_rebalancing="DISABLED" if component.alone else "ENABLED",
            enable_execute_command=execute_command,
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
                ignore_changes=["desired_count"] if scales else None,
                postcondition=[self._runs(component.name, task.arn, f"/{cluster.name}/{component.name}")],
            ),
        )

    def _runs(self, name: str, task_arn: str, log_group: str) -> Postcondition:
        # The provider takes a service that was rolled back for a steady one:
        # https://github.com/hashicorp/terraform-provider-aws/issues/20858
        return Postcondition(
            condition=f"${{self.task_definition == {inner(task_arn)}}}",
            error_message=f"{name} did not come up with what was deployed, so ECS went back to what ran before. "
            f"The log group {log_group} says why, and `pipenv run ops explain ENV` shows the end of it.",
        )

    def _private_name(self, component: Component, cluster: Cluster) -> str:
        ServiceDiscoveryService(
            *self.at("private_name"),
            name=component.name,
            dns_config=ServiceDiscoveryServiceDnsConfig(
                namespace_id=cluster.namespace_id,
                routing_policy="MULTIVALUE",
                dns_records=[ServiceDiscoveryServiceDnsConfigDnsRecords(type="A", ttl=10)],
            ),
            force_destroy=True,
        )
        return self.reference("aws_service_discovery_service", "private_name", "arn")

    def scale_by_cpu(self, config: ApiServerConfig, cluster: Cluster) -> None:
        """Between its least and its most, by the average CPU."""
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


def open_shell() -> Statement:
    """Lets ``aws ecs execute-command`` open a shell in the container."""
    # Session Manager's channels have no ARN:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsessionmanagermessagegatewayservice.html
    actions = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"]
    return Statement("OpenShell", [f"ssmmessages:{action}" for action in actions], ["*"])
