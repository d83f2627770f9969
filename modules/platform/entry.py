"""The way in for people: a load balancer in front of the api-server."""

from typing import Annotated

from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction, LbListenerDefaultActionRedirect
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from pydantic import Field, model_validator

from modules.bucket import Bucket
from modules.config import Cidr, Config
from modules.firewall import HTTPS, Firewall
from modules.platform.network import Network
from modules.resource_group import ResourceGroup, Scope

HTTP = 80
# TLS 1.3, and 1.2 with forward secrecy.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
# Longer than the api-server lets a request run.
IDLE_SECONDS = 120


class EntryConfig(Config):
    """Address ranges that can open Airflow's pages, and the protocol."""

    allowed_cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1, max_length=50, examples=[["198.51.100.0/24"]])]
    open_to_the_internet: bool = False
    """Must be true for 0.0.0.0/0 to be accepted in ``allowed_cidrs``."""
    certificate_arn: (
        Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+$")] | None
    ) = None
    insecure_http: bool = False
    """Must be true to go without a certificate: passwords and sessions then cross the network in clear."""
    domain: (
        Annotated[
            str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$", examples=["airflow.example.org"])
        ]
        | None
    ) = None
    """The name that the certificate is for; point it at the load balancer."""
    internal: bool = False
    """Reached from inside the VPC only, such as over a VPN."""

    @model_validator(mode="after")
    def _risks_are_opted_into(self) -> "EntryConfig":
        if any(cidr.prefixlen == 0 for cidr in self.allowed_cidrs) and not self.open_to_the_internet:
            raise ValueError("allowed_cidrs has 0.0.0.0/0; name your networks, or set open_to_the_internet = true")
        if self.certificate_arn is None and not self.insecure_http:
            raise ValueError("certificate_arn is missing; give one of ACM, or set insecure_http = true")
        if self.certificate_arn and self.insecure_http:
            raise ValueError("certificate_arn and insecure_http = true exclude each other; delete one")
        if self.certificate_arn and not self.domain:
            raise ValueError(
                'domain is missing; give the name that the certificate is for, such as "airflow.example.org"'
            )
        return self


class Entry(ResourceGroup):
    """An application load balancer that talks TLS where there is a certificate, and sends HTTP there."""

    def __init__(
        self,
        scope: Scope,
        id: str,
        config: EntryConfig,
        *,
        prefix: str,
        port: int,
        network: Network,
        access_logs: Bucket,
        protected: bool,
    ) -> None:
        super().__init__(scope, id)
        self.firewall = Firewall(self, "firewall", prefix=prefix, component="entry", vpc_id=network.vpc_id)
        balancer = Lb(
            *self.at(),
            name=f"{prefix}-entry",
            load_balancer_type="application",
            internal=config.internal,
            subnets=network.private_subnet_ids if config.internal else network.public_subnet_ids,
            security_groups=[self.firewall.group_id],
            idle_timeout=IDLE_SECONDS,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            preserve_host_header=True,
            enable_deletion_protection=protected,
            access_logs=LbAccessLogs(bucket=access_logs.name, prefix="load-balancer", enabled=True),
            # The bucket's policy lets the load balancer write; AWS tries it at once.
            depends_on=[access_logs.policy],
        )
        target_group = LbTargetGroup(
            *self.at("api_server"),
            # Short, as of 32 characters the environment's name takes its part.
            name=f"{prefix}-api",
            vpc_id=network.vpc_id,
            target_type="ip",
            port=port,
            protocol="HTTP",
            deregistration_delay="30",
            health_check=LbTargetGroupHealthCheck(
                path="/api/v2/version",
                matcher="200",
                # A deploy waits for two good answers; one and a half minutes of none take a target out.
                interval=10,
                timeout=9,
                healthy_threshold=2,
                unhealthy_threshold=9,
            ),
        )
        self.target_group_arn = target_group.arn
        forward = LbListenerDefaultAction(type="forward", target_group_arn=self.target_group_arn)
        arn = balancer.arn
        if config.certificate_arn:
            self.listener = LbListener(
                *self.at("https"),
                load_balancer_arn=arn,
                port=HTTPS,
                protocol="HTTPS",
                ssl_policy=TLS_POLICY,
                certificate_arn=config.certificate_arn,
                default_action=[forward],
            )
            redirect = LbListenerDefaultActionRedirect(port=str(HTTPS), protocol="HTTPS", status_code="HTTP_301")
            LbListener(
                *self.at("http"),
                load_balancer_arn=arn,
                port=HTTP,
                protocol="HTTP",
                default_action=[LbListenerDefaultAction(type="redirect", redirect=redirect)],
            )
        else:
            self.listener = LbListener(
                *self.at("http"), load_balancer_arn=arn, port=HTTP, protocol="HTTP", default_action=[forward]
            )
        dns_name = balancer.dns_name
        self.url = f"https://{config.domain}" if config.certificate_arn else f"http://{config.domain or dns_name}"
