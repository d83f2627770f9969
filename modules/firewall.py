"""Security groups, one for each component, and the rules between them."""

from collections.abc import Sequence
from typing import Any

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

from modules.resource_group import ResourceGroup, Scope

HTTPS = 443


class Firewall(ResourceGroup):
    """Security group of one component; it allows no traffic until the functions of this module add rules."""

    def __init__(self, scope: Scope, id: str, *, prefix: str, component: str, vpc_id: str) -> None:
        super().__init__(scope, id)
        self.component = component
        name = f"{prefix}-{component}"
        self.group = SecurityGroup(
            *self.at(),
            name=name,
            description=f"Around {name}",
            vpc_id=vpc_id,
            # A group that is still attached cannot be deleted, and a new description replaces the group.
            lifecycle={"create_before_destroy": True},
        )
        self.group_id = self.group.id


def tcp(port: int) -> dict[str, Any]:
    """Return the arguments of a rule for one TCP port."""
    return {"ip_protocol": "tcp", "from_port": port, "to_port": port}


def allow(client: Firewall, server: Firewall, port: int) -> None:
    """Allow ``client`` to connect to ``server`` on a TCP port, with a rule in both security groups."""
    VpcSecurityGroupEgressRule(
        *client.at(f"to_{server.component}_{port}"),
        security_group_id=client.group_id,
        referenced_security_group_id=server.group_id,
        **tcp(port),
        description=f"{client.component} to {server.component}",
    )
    VpcSecurityGroupIngressRule(
        *server.at(f"from_{client.component}_{port}"),
        security_group_id=server.group_id,
        referenced_security_group_id=client.group_id,
        **tcp(port),
        description=f"{client.component} to {server.component}",
    )


def allow_from(cidrs: Sequence[str], server: Firewall, port: int) -> None:
    """Allow connections from these address ranges to ``server``."""
    for cidr in cidrs:
        VpcSecurityGroupIngressRule(
            *server.at(f"from_outside_{port}", key=cidr),
            security_group_id=server.group_id,
            cidr_ipv4=cidr,
            **tcp(port),
            description=f"{cidr} to {server.component}",
        )


def allow_https_out(client: Firewall) -> None:
    """Allow ``client`` to reach AWS, registries and the APIs that DAGs call, over HTTPS; their addresses are unknown."""
    VpcSecurityGroupEgressRule(
        *client.at("to_https"),
        security_group_id=client.group_id,
        cidr_ipv4="0.0.0.0/0",
        **tcp(HTTPS),
        description=f"{client.component} to any HTTPS server",
    )
