"""The VPC: created by the platform, or existing."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from pydantic import AfterValidator, Field, model_validator

from modules.bucket import Bucket
from modules.config import Cidr, Config, Zones, _unique
from modules.resource_group import ResourceGroup, Scope

# Destination of default routes; security groups restrict connections.
ANYWHERE = "0.0.0.0/0"

SubnetIds = Annotated[
    tuple[Annotated[str, Field(pattern=r"^subnet-[0-9a-f]+$")], ...],
    Field(min_length=2, examples=[["subnet-0a1b2c3d", "subnet-4e5f6a7b"]]),
    AfterValidator(_unique),
]


class ExistingVpcConfig(Config):
    """A VPC that is managed elsewhere. Its private subnets need a way out to AWS: NAT, or VPC endpoints."""

    vpc_id: Annotated[str, Field(pattern=r"^vpc-[0-9a-f]+$", examples=["vpc-0a1b2c3d"])]
    cidr: Cidr
    public_subnet_ids: SubnetIds
    private_subnet_ids: SubnetIds


class OwnVpcConfig(Config):
    """VPC that the platform creates, with a public and a private subnet in each zone."""

    cidr: Cidr
    zones: Zones
    public_subnets: tuple[Cidr, ...] | None = None
    """Ranges of the public subnets, one per zone; by default sixteenths of ``cidr``, from its beginning."""
    private_subnets: tuple[Cidr, ...] | None = None
    """Ranges of the private subnets, one per zone; by default sixteenths of ``cidr``, from its middle."""
    nat: Literal["none", "one", "per_zone"] = "per_zone"
    """``none``: tasks get public addresses, which nothing may connect to. ``one``: a zone's loss stops the others."""

    @model_validator(mode="after")
    def _ranges_fit(self) -> "OwnVpcConfig":
        # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html; a sixteenth must hold a /28.
        if not 16 <= self.cidr.prefixlen <= 24:
            raise ValueError(f"cidr = {self.cidr} is a /{self.cidr.prefixlen}; a VPC here is a /16 to a /24")
        for field in ("public_subnets", "private_subnets"):
            ranges = getattr(self, field)
            if ranges is not None and len(ranges) != len(self.zones):
                raise ValueError(f"{field} has {len(ranges)} ranges for {len(self.zones)} zones; give one a zone")
        ranges = [*self.public_ranges, *self.private_ranges]
        for index, one in enumerate(ranges):
            if not one.subnet_of(self.cidr):
                raise ValueError(f"subnet {one} is not inside cidr = {self.cidr}; choose a range within it")
            for other in ranges[index + 1 :]:
                if one.overlaps(other):
                    raise ValueError(f"subnets {one} and {other} overlap; choose ranges that do not")
        return self

    @property
    def public_ranges(self) -> tuple[IPv4Network, ...]:
        """One range per zone."""
        return self.public_subnets or self._sixteenths(0)

    @property
    def private_ranges(self) -> tuple[IPv4Network, ...]:
        """One range per zone."""
        return self.private_subnets or self._sixteenths(8)

    def _sixteenths(self, first: int) -> tuple[IPv4Network, ...]:
        return tuple(self.cidr.subnets(prefixlen_diff=4))[first : first + len(self.zones)]


class NetworkConfig(Config):
    """A VPC of the platform, or an existing VPC."""

    vpc: OwnVpcConfig | None = None
    existing_vpc: ExistingVpcConfig | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "NetworkConfig":
        if (self.vpc is None) == (self.existing_vpc is None):
            raise ValueError("needs vpc = { cidr = …, zones = […] } or existing_vpc = { … }; give exactly one of them")
        return self

    @property
    def cidr(self) -> IPv4Network:
        """Range of the VPC."""
        return (self.vpc or self.existing_vpc).cidr  # type: ignore[union-attr]  # _one_of_two


class Network(ResourceGroup):
    """VPC and subnets: public subnets for the load balancer, private subnets for the rest."""

    def __init__(
        self, scope: Scope, id: str, config: NetworkConfig, *, name: str, region: str, flow_logs: Bucket
    ) -> None:
        super().__init__(scope, id)
        self.cidr = str(config.cidr)
        self.public_subnet_ids: list[str] = []
        self.private_subnets: dict[str, str] = {}
        """Ids by a zone's letter; in an existing VPC, by the id itself."""
        if config.existing_vpc:
            self.vpc_id = config.existing_vpc.vpc_id
            self.public_subnet_ids += config.existing_vpc.public_subnet_ids
            self.private_subnets |= {id: id for id in config.existing_vpc.private_subnet_ids}
            self.assign_public_ip = False
        elif config.vpc:
            self._build(config.vpc, name, region, flow_logs)
            self.assign_public_ip = config.vpc.nat == "none"
        self.private_subnet_ids = [*self.private_subnets.values()]
        self.task_subnet_ids = self.public_subnet_ids if self.assign_public_ip else self.private_subnet_ids

    def _build(self, config: OwnVpcConfig, name: str, region: str, flow_logs: Bucket) -> None:
        vpc = Vpc(
            *self.at(),
            cidr_block=str(config.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
        )
        self.vpc_id = vpc.id
        # Without rules: a resource without a security group can connect to nothing.
        DefaultSecurityGroup(*self.at("default"), vpc_id=self.vpc_id, tags={"Name": f"{name}-default"})
        FlowLog(
            *self.at("traffic"),
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=flow_logs.arn,
            depends_on=[flow_logs.policy],
            tags={"Name": name},
        )
        gateway = InternetGateway(*self.at("internet"), vpc_id=self.vpc_id, tags={"Name": name})
        public_routes = RouteTable(*self.at("public_routes"), vpc_id=self.vpc_id, tags={"Name": f"{name}-public"})
        public_id = public_routes.id
        Route(
            *self.at("public_out"),
            route_table_id=public_id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        route_tables = [public_id]
        nat_id = ""
        for index, zone in enumerate(config.zones):
            letter = zone[-1]
            subnet = self._subnet("public", f"{name}-public-{letter}", config.public_ranges[index], zone)
            self.public_subnet_ids.append(subnet)
            RouteTableAssociation(*self.at("public_link", letter), subnet_id=subnet, route_table_id=public_id)
            if config.nat == "per_zone" or (config.nat == "one" and index == 0):
                address = Eip(*self.at("nat_address", letter), domain="vpc", tags={"Name": f"{name}-nat-{letter}"})
                nat = NatGateway(
                    *self.at("nat", letter),
                    subnet_id=subnet,
                    allocation_id=address.id,
                    depends_on=[gateway],
                    tags={"Name": f"{name}-{letter}"},
                )
                nat_id = nat.id
            private = self._subnet("private", f"{name}-private-{letter}", config.private_ranges[index], zone)
            self.private_subnets[letter] = private
            routes = RouteTable(
                *self.at("private_routes", letter), vpc_id=self.vpc_id, tags={"Name": f"{name}-private-{letter}"}
            )
            table = routes.id
            RouteTableAssociation(*self.at("private_link", letter), subnet_id=private, route_table_id=table)
            if nat_id:
                Route(
                    *self.at("private_out", letter),
                    route_table_id=table,
                    destination_cidr_block=ANYWHERE,
                    nat_gateway_id=nat_id,
                )
            route_tables.append(table)
        # Free, and keeps logs, images and work files off the NAT gateway, which costs money per gigabyte.
        VpcEndpoint(
            *self.at("s3"),
            vpc_id=self.vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=route_tables,
            tags={"Name": f"{name}-s3"},
        )

    def _subnet(self, id: str, name: str, cidr: IPv4Network, zone: str) -> str:
        subnet = Subnet(
            *self.at(id, zone[-1]),
            vpc_id=self.vpc_id,
            cidr_block=str(cidr),
            availability_zone=zone,
            map_public_ip_on_launch=False,
            tags={"Name": name},
        )
        return subnet.id
