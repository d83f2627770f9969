"""The platform's network in the module: repeated for each zone, and with locals in place of subnets."""

from module_export.merge import Document
from module_export.placeholders import Placeholder, for_each, replaced
from module_export.platform.config import EXISTING_VPC
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
        ("files_mount", "local.mount_subnet_ids"),
        ("network_nat|network_nat_address", "toset(values(local.nat_zones))"),
        ("network_private_out", "local.nat_zones"),
        (r"network_\w+?", "local.zones"),
    ):
        document = for_each(document, ids, collection)
    return document
