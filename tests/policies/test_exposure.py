"""Policies for exposure: the load balancer is the only entry from outside."""

from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, bucket_companions, buckets, each, findings, made_of
from tests.synthesised import Args, Synthesised

ENTRY = "${aws_security_group.entry_firewall.id}"
INGRESS, EGRESS = "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"
BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


def only_the_entry_admits_ip_addresses(stack: Synthesised) -> Iterator[str]:
    for address, rule in each(stack, INGRESS):
        by_address = rule.keys() & {"cidr_ipv4", "cidr_ipv6", "prefix_list_id"}
        if by_address and (rule["security_group_id"] != ENTRY or rule["from_port"] not in (80, 443)):
            yield f"{address} admits {by_address}"


def one_rule_opens_one_tcp_port(stack: Synthesised) -> Iterator[str]:
    for address, rule in each(stack, INGRESS, EGRESS):
        if rule.get("ip_protocol") != "tcp" or rule.get("from_port") != rule.get("to_port"):
            yield f"{address} opens {rule.get('ip_protocol')} {rule.get('from_port')} to {rule.get('to_port')}"


def only_https_leaves_to_ip_addresses(stack: Synthesised) -> Iterator[str]:
    for address, rule in each(stack, EGRESS):
        if "referenced_security_group_id" not in rule and rule.get("from_port") != 443:
            yield f"{address} opens port {rule.get('from_port')}"


def rules_are_resources_of_their_own(stack: Synthesised) -> Iterator[str]:
    for address, group in each(stack, "aws_security_group", "aws_default_security_group"):
        if group.keys() & {"ingress", "egress"}:
            yield f"{address} has rules inside"
    for address, _ in each(stack, "aws_security_group_rule"):
        yield f"{address} is of the old kind"


def databases_have_no_public_address(stack: Synthesised) -> Iterator[str]:
    for address, instance in each(stack, "aws_db_instance", "aws_rds_cluster_instance"):
        if instance.get("publicly_accessible") is not False:
            yield f"{address} can have one"


def subnets_give_no_public_address(stack: Synthesised) -> Iterator[str]:
    for address, subnet in each(stack, "aws_subnet"):
        if subnet.get("map_public_ip_on_launch") is not False:
            yield f"{address} does"


def buckets_block_public_access(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_public_access_block")
    for bucket in buckets(stack):
        missing = [block for block in BLOCKS if companions.get(bucket, {}).get(block) is not True]
        if missing:
            yield f"{bucket} lacks {missing}"


def containers_have_a_public_address_only_where_there_is_no_nat(stack: Synthesised) -> Iterator[str]:
    for address, service in each(stack, "aws_ecs_service"):
        public = service["network_configuration"].get("assign_public_ip")
        if public is not False and stack.has("aws_nat_gateway"):
            yield f"{address} has one"


def the_default_group_of_a_vpc_has_no_rules(stack: Synthesised) -> Iterator[str]:
    emptied = {group["vpc_id"] for _, group in each(stack, "aws_default_security_group")}
    for address, _ in each(stack, "aws_vpc"):
        if f"${{{address}.id}}" not in emptied:
            yield f"{address} keeps the rules of AWS"


POLICIES: list[Policy] = [
    only_the_entry_admits_ip_addresses,
    one_rule_opens_one_tcp_port,
    only_https_leaves_to_ip_addresses,
    rules_are_resources_of_their_own,
    databases_have_no_public_address,
    subnets_give_no_public_address,
    buckets_block_public_access,
    containers_have_a_public_address_only_where_there_is_no_nat,
    the_default_group_of_a_vpc_has_no_rules,
]
TCP = {"ip_protocol": "tcp", "from_port": 22, "to_port": 22}
BAD: list[tuple[Policy, list[tuple[str, Args]]]] = [
    (only_the_entry_admits_ip_addresses, [(INGRESS, {"security_group_id": "x", "cidr_ipv4": "10.0.0.0/8", **TCP})]),
    (only_the_entry_admits_ip_addresses, [(INGRESS, {"security_group_id": ENTRY, "cidr_ipv6": "::/0", **TCP})]),
    (one_rule_opens_one_tcp_port, [(INGRESS, {"ip_protocol": "-1"})]),
    (one_rule_opens_one_tcp_port, [(EGRESS, {**TCP, "to_port": 23})]),
    (only_https_leaves_to_ip_addresses, [(EGRESS, {"cidr_ipv4": "0.0.0.0/0", **TCP})]),
    (rules_are_resources_of_their_own, [("aws_security_group", {"ingress": []})]),
    (rules_are_resources_of_their_own, [("aws_security_group_rule", {})]),
    (databases_have_no_public_address, [("aws_db_instance", {"publicly_accessible": True})]),
    (databases_have_no_public_address, [("aws_rds_cluster_instance", {})]),
    (subnets_give_no_public_address, [("aws_subnet", {"map_public_ip_on_launch": True})]),
    (buckets_block_public_access, [("aws_s3_bucket", {})]),
    (
        containers_have_a_public_address_only_where_there_is_no_nat,
        [("aws_ecs_service", {"network_configuration": {"assign_public_ip": True}}), ("aws_nat_gateway", {})],
    ),
    (the_default_group_of_a_vpc_has_no_rules, [("aws_vpc", {})]),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "resources"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, resources: list[tuple[str, Args]]) -> None:
    assert list(policy(made_of(*resources)))
