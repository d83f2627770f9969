"""The platform's network: its variables, and what the rest of the module sees of it, wherever it comes from."""

import json

from module_export.marks import Mark, replaced
from module_export.merge import Document
from module_export.variable import Variable, said
from modules.platform.network import NetworkConfig


def lifted(document: Document, config: NetworkConfig) -> Document:
    """The document with the locals vpc_id, public_subnet_ids, private_subnet_ids, task_subnet_ids and public_tasks."""
    if config.existing_vpc:
        existing = config.existing_vpc
        vpc, public, private = existing.vpc_id, [*existing.public_subnet_ids], [*existing.private_subnet_ids]
        kept: Document = {
            name: f"${{var.existing_vpc.{name}}}" for name in ("vpc_id", "public_subnet_ids", "private_subnet_ids")
        }
    else:
        vpc = "${aws_vpc.network_vpc.id}"
        ids = [zone[-1] for zone in config.vpc.zones] if config.vpc else []
        public, private = ([f"${{aws_subnet.network_{kind}_{id}.id}}" for id in ids] for kind in ("public", "private"))
        kept = {"vpc_id": vpc, "public_subnet_ids": public, "private_subnet_ids": private}
    marks = [
        Mark(vpc, "local.vpc_id"),
        Mark(public, "local.public_subnet_ids"),
        Mark(private, "local.private_subnet_ids"),
        *(Mark(one, f"local.private_subnet_ids[{index}]") for index, one in enumerate(private)),
        Mark(json.dumps(public), "jsonencode(local.public_subnet_ids)"),
        Mark(json.dumps(private), "jsonencode(local.private_subnet_ids)"),
        # As the ECS executor is told.
        *(Mark(",".join(ids), 'join(",", local.task_subnet_ids)') for ids in (public, private)),
    ]
    resources = {
        kind: {id: body if id.startswith("network_") else replaced(body, marks) for id, body in bodies.items()}
        for kind, bodies in document["resource"].items()
    }
    tasks = resources["aws_ecs_service"]["api_server_service"]["network_configuration"]
    found = {"task_subnet_ids": tasks["subnets"], "public_tasks": tasks["assign_public_ip"]}
    return {**document, "resource": resources, "locals": {**kept, **found}}


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
                said(
                    own,
                    f'can(cidrnetmask({own}.cidr)) && contains(range(16, 25), tonumber(split("/", {own}.cidr)[1]))',
                    "vpc.cidr must be a /16 to a /24.",
                ),
                said(
                    own,
                    f"contains([2, 3], length({own}.zones)) && distinct({own}.zones) == {own}.zones",
                    "vpc.zones must be two or three zones.",
                ),
                said(
                    own,
                    f"{ranges('public')} && {ranges('private')}",
                    "vpc.public_subnets and vpc.private_subnets must have one range for each zone.",
                ),
                said(
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
                said(existing, f"can(cidrnetmask({existing}.cidr))", "existing_vpc.cidr must be a range."),
                said(
                    existing,
                    f"length(distinct({existing}.public_subnet_ids)) >= 2",
                    "existing_vpc.public_subnet_ids must be two or more.",
                ),
                said(
                    existing,
                    f"contains([2, 3], length({existing}.private_subnet_ids))",
                    "existing_vpc.private_subnet_ids must be two or three.",
                ),
            ),
        ),
    ]
