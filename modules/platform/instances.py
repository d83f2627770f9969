"""EC2 instances for Celery's workers, scaled with the tasks."""

import json
from typing import Annotated

from cdktf_cdktf_provider_aws.autoscaling_group import (
    AutoscalingGroup,
    AutoscalingGroupLaunchTemplate,
    AutoscalingGroupTag,
)
from cdktf_cdktf_provider_aws.ecs_capacity_provider import (
    EcsCapacityProvider,
    EcsCapacityProviderAutoScalingGroupProvider,
    EcsCapacityProviderAutoScalingGroupProviderManagedScaling,
)
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.launch_template import (
    LaunchTemplate,
    LaunchTemplateBlockDeviceMappings,
    LaunchTemplateBlockDeviceMappingsEbs,
    LaunchTemplateIamInstanceProfile,
    LaunchTemplateMetadataOptions,
)
from pydantic import Field

from modules.account import AccountConfig
from modules.config import Config
from modules.firewall import Firewall
from modules.iam import Role
from modules.platform.network import Network
from modules.platform.permissions import join_cluster
from modules.resource_group import ResourceGroup, Scope

# AWS's own image for ECS, the newest whenever an instance starts.
IMAGE = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
DISK_GB = 60


class InstancesConfig(Config):
    """EC2 instances: cheaper than Fargate under steady load, and slower to start."""

    instance_type: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$", examples=["m7i.xlarge"])] = "m7i.large"
    """x86 architecture, like the image; large enough for at least one worker."""
    max_count: Annotated[int, Field(ge=1, le=100)] = 10
    """Maximum number of instances; ECS scales in idle instances, down to none."""


class Instances(ResourceGroup):
    """Auto Scaling group that ECS manages; an instance is never terminated while a task runs on it."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        config: InstancesConfig,
        *,
        prefix: str,
        cluster: str,
        cluster_arn: str,
        account: AccountConfig,
        network: Network,
    ) -> None:
        """Create the instances; ``cluster`` is its name, from the resource, so that they are destroyed before it."""
        super().__init__(scope, id)
        name = f"{prefix}-workers"
        # For the instances; the workers on them are attached to another group.
        self.firewall = Firewall(self, "firewall", prefix=prefix, component="instances", vpc_id=network.vpc_id)
        role = Role(
            self,
            "role",
            name=f"{prefix}-instances",
            path=f"/{prefix}/",
            account=account,
            statements=join_cluster(cluster_arn, account.arn("ecs", f"container-instance/{prefix}/*")),
            service="ec2",
        )
        identity = IamInstanceProfile(
            *self.at("identity"), name=f"{prefix}-instances", path=f"/{prefix}/", role=role.name
        )
        start = f"#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n"
        template = LaunchTemplate(
            *self.at("launch"),
            name=name,
            image_id=IMAGE,
            instance_type=config.instance_type,
            update_default_version=True,
            iam_instance_profile=LaunchTemplateIamInstanceProfile(arn=identity.arn),
            vpc_security_group_ids=[self.firewall.group_id],
            # One hop: what runs in containers does not get the instance's role.
            metadata_options=LaunchTemplateMetadataOptions(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                LaunchTemplateBlockDeviceMappings(
                    device_name="/dev/xvda",
                    ebs=LaunchTemplateBlockDeviceMappingsEbs(
                        volume_size=DISK_GB, volume_type="gp3", encrypted="true", delete_on_termination="true"
                    ),
                )
            ],
            user_data=f"${{base64encode({json.dumps(start)})}}",
        )
        group = AutoscalingGroup(
            *self.at(),
            name=name,
            min_size=0,
            max_size=config.max_count,
            vpc_zone_identifier=network.private_subnet_ids,
            launch_template=AutoscalingGroupLaunchTemplate(id=template.id, version="$Latest"),
            # ECS removes the protection from an idle instance.
            protect_from_scale_in=True,
            force_delete=True,
            tag=[
                AutoscalingGroupTag(key="AmazonECSManaged", value="true", propagate_at_launch=True),
                AutoscalingGroupTag(key="Name", value=name, propagate_at_launch=True),
            ],
            lifecycle={"ignore_changes": ["desired_capacity"]},
        )
        capacity = EcsCapacityProvider(
            *self.at("capacity"),
            name=name,
            auto_scaling_group_provider=EcsCapacityProviderAutoScalingGroupProvider(
                auto_scaling_group_arn=group.arn,
                managed_termination_protection="ENABLED",
                managed_draining="ENABLED",
                managed_scaling=EcsCapacityProviderAutoScalingGroupProviderManagedScaling(
                    status="ENABLED", target_capacity=100
                ),
            ),
        )
        self.provider = capacity.name
