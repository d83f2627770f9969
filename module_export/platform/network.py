"""The platform's network: its variables, and its subnets under the same names wherever they come from."""

from module_export.merge import Document
from module_export.placeholders import Placeholder, for_each, replaced
from module_export.platform.config import EXISTING_VPC
from module_export.values import Conditional
from module_export.variable import Variable, nullable_rule
from modules.platform.network import NetworkConfig

# Resources of the only zone that is synthesised.
_PUBLIC, _PRIVATE, _NAT = (
    f"${{{kind}__z.id}}"
    for kind in ("aws_subnet.network_public", "aws_subnet.network_private", "aws_nat_gateway.network_nat")
)
_PUBLIC_TABLE, _PRIVATE_TABLE = (
    f"${{aws_route_table.network_{id}.id}}" for id in ("public_routes", "private_routes__z")
)
_TABLES = "${concat([aws_route_table.network_public_routes.id], values(aws_route_table.network_private_routes)[*].id)}"
NETWORK_LOCALS = {
    "cidr": "${var.vpc == null ? var.existing_vpc.cidr : var.vpc.cidr}",
    "nat": "${var.vpc == null ? null : var.vpc.nat}",
    "public_tasks": '${local.nat == "none"}',
    # By the letter that the zone's name ends with.
    "zones": """${{
      for index, zone in try(var.vpc.zones, []) : substr(zone, -1, 1) => {
        name    = zone
        public  = try(var.vpc.public_subnets[index], cidrsubnet(var.vpc.cidr, 4, index))
        private = try(var.vpc.private_subnets[index], cidrsubnet(var.vpc.cidr, 4, index + 8))
      }
    }}""",
    # The zone whose NAT gateway a zone uses.
    "nat_zones": """${{
      for letter, zone in local.zones : letter => local.nat == "one" ? substr(var.vpc.zones[0], -1, 1) : letter
      if local.nat != "none"
    }}""",
    "vpc_id": "${var.vpc == null ? var.existing_vpc.vpc_id : one(aws_vpc.network[*].id)}",
    **{
        f"{kind}_subnet_ids": f"${{var.vpc == null ? var.existing_vpc.{kind}_subnet_ids : "
        f"values(aws_subnet.network_{kind})[*].id}}"
        for kind in ("public", "private")
    },
    # An existing VPC's subnets may be created by the same apply: their ids cannot be keys.
    "mount_subnet_ids": Conditional(
        "${var.vpc == null}",
        "${{ for index, id in try(var.existing_vpc.private_subnet_ids, []) : tostring(index) => id }}",
        "${{ for letter, subnet in aws_subnet.network_private : letter => subnet.id }}",
    ),
}


def with_network(document: Document, config: NetworkConfig) -> Document:
    """Return the document with resources that are repeated for each zone, and with locals in place of subnets."""
    public, private, vpc_id = _PUBLIC, _PRIVATE, "${aws_vpc.network.id}"
    if config.existing_vpc:
        (public,), (private,), vpc_id = (
            EXISTING_VPC.public_subnet_ids,
            EXISTING_VPC.private_subnet_ids,
            EXISTING_VPC.vpc_id,
        )
    document = replaced(
        document,
        [
            Placeholder(vpc_id, "${local.vpc_id}"),
            Placeholder([public], "${local.public_subnet_ids}"),
            Placeholder([private], "${local.private_subnet_ids}"),
            Placeholder([_PUBLIC_TABLE, _PRIVATE_TABLE], _TABLES),
            Placeholder(_NAT, "${aws_nat_gateway.network_nat[each.value].id}"),
        ],
    )
    resources = document["resource"]
    resources |= {
        # As the ECS executor takes them: a text.
        "aws_ecs_task_definition": replaced(
            resources["aws_ecs_task_definition"],
            [Placeholder(one, '${join(",", local.task_subnet_ids)}') for one in (public, private)],
        ),
        "aws_efs_mount_target": replaced(resources["aws_efs_mount_target"], [Placeholder(private, "${each.value}")]),
    }
    for ids, collection in (
        (r"files_mount(?P<key>__\w+)", "local.mount_subnet_ids"),
        (r"network_nat(_address)?(?P<key>__z)", "toset(values(local.nat_zones))"),
        (r"network_private_out(?P<key>__z)", "local.nat_zones"),
        (r"network_(public|private)\w*(?P<key>__z)", "local.zones"),
    ):
        document = for_each(document, ids, collection)
    return document


def network_variables() -> list[Variable]:
    """A VPC of the platform's own, or an existing one."""
    own, existing = "var.vpc", "var.existing_vpc"

    def ranges(kind: str) -> str:
        return f"({own}.{kind}_subnets == null ? true : length({own}.{kind}_subnets) == length({own}.zones))"

    return [
        Variable(
            "vpc",
            "object({ cidr = string, zones = list(string), public_subnets = optional(list(string)), "
            'private_subnets = optional(list(string)), nat = optional(string, "per_zone") })',
            "A VPC of the platform's own: a /16 to a /24, two or three zones, a range for each subnet (by default sixteenths of "
            '`cidr`), and `nat`: `"per_zone"`, `"one"`, or `"none"`, with which tasks get public addresses that nothing may '
            "connect to.",
            None,
            (
                (f"({own} == null) != ({existing} == null)", "Give one of vpc and existing_vpc."),
                nullable_rule(
                    own,
                    f'can(cidrnetmask({own}.cidr)) && contains(range(16, 25), tonumber(split("/", {own}.cidr)[1]))',
                    "vpc.cidr must be a /16 to a /24.",
                ),
                nullable_rule(
                    own,
                    f"contains([2, 3], length({own}.zones)) && distinct({own}.zones) == {own}.zones",
                    "vpc.zones must be two or three zones.",
                ),
                nullable_rule(
                    own,
                    f"{ranges('public')} && {ranges('private')}",
                    "vpc.public_subnets and vpc.private_subnets must have one range for each zone.",
                ),
                nullable_rule(
                    own,
                    f'contains(["none", "one", "per_zone"], {own}.nat)',
                    'vpc.nat must be one of "none", "one", "per_zone".',
                ),
            ),
        ),
        Variable(
            "existing_vpc",
            "object({ vpc_id = string, cidr = string, public_subnet_ids = list(string), private_subnet_ids = list(string) })",
            "A VPC that somebody else looks after. Its private subnets, two or three, need a way out to AWS: NAT, or VPC endpoints.",
            None,
            (
                nullable_rule(existing, f"can(cidrnetmask({existing}.cidr))", "existing_vpc.cidr must be a range."),
                nullable_rule(
                    existing,
                    f"length(distinct({existing}.public_subnet_ids)) >= 2",
                    "existing_vpc.public_subnet_ids must be two or more.",
                ),
                nullable_rule(
                    existing,
                    f"length(distinct({existing}.private_subnet_ids)) >= 2",
                    "existing_vpc.private_subnet_ids must be two or more.",
                ),
            ),
        ),
    ]
