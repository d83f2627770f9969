import pytest

from tests.synthesised import Synthesised
from tests.variants import EXISTING_VPC, platform

THREE = [f"us-east-1{letter}" for letter in "abc"]


def with_nat(nat: str, zones: list[str]) -> Synthesised:
    return platform(network={"vpc": {"nat": nat, "zones": zones}})


def in_existing_vpc() -> Synthesised:
    return platform(network={"vpc": None, "existing_vpc": EXISTING_VPC})


@pytest.mark.parametrize(
    ("nat", "zones", "gateways", "ways_out"),
    [
        ("none", 2, 0, 0),
        ("one", 2, 1, 2),
        ("per_zone", 2, 2, 2),
        ("none", 3, 0, 0),
        ("one", 3, 1, 3),
        ("per_zone", 3, 3, 3),
    ],
)
def test_private_subnets_have_the_configured_nat_gateways(nat: str, zones: int, gateways: int, ways_out: int) -> None:
    stack = with_nat(nat, THREE[:zones])
    routes = [route for route in stack.resources("aws_route").values() if "nat_gateway_id" in route]
    addresses = stack.resources("aws_eip", allow_empty=True)
    assert len(stack.resources("aws_nat_gateway", allow_empty=True)) == len(addresses) == gateways
    assert len(routes) == ways_out
    assert len({route["nat_gateway_id"] for route in routes}) == gateways


@pytest.mark.parametrize(("nat", "public"), [("none", True), ("one", False), ("per_zone", False)])
def test_services_are_in_public_subnets_only_without_nat(nat: str, public: bool) -> None:
    for service in with_nat(nat, THREE[:2]).resources("aws_ecs_service").values():
        network = service["network_configuration"]
        assert network["assign_public_ip"] is public
        assert {"public" in subnet for subnet in network["subnets"]} == {public}


def test_with_nat_per_zone_each_zone_uses_its_own_gateway() -> None:
    routes = with_nat("per_zone", THREE).resources("aws_route")
    for letter in "abc":
        assert (
            routes[f"network_private_out__{letter}"]["nat_gateway_id"]
            == f"${{aws_nat_gateway.network_nat__{letter}.id}}"
        )


@pytest.mark.parametrize("zones", [2, 3])
def test_each_zone_has_a_public_and_a_private_subnet(zones: int) -> None:
    subnets = with_nat("one", THREE[:zones]).resources("aws_subnet")
    assert {(id.split("_")[1], subnet["availability_zone"]) for id, subnet in subnets.items()} == {
        (kind, zone) for kind in ("public", "private") for zone in THREE[:zones]
    }


def test_subnets_are_sixteenths_of_the_vpc_by_default() -> None:
    assert {id: subnet["cidr_block"] for id, subnet in platform().resources("aws_subnet").items()} == {
        "network_public__a": "10.20.0.0/20",
        "network_public__b": "10.20.16.0/20",
        "network_private__a": "10.20.128.0/20",
        "network_private__b": "10.20.144.0/20",
    }
    given = platform(network={"vpc": {"private_subnets": ["10.20.200.0/24", "10.20.201.0/24"]}}).resources("aws_subnet")
    assert given["network_private__a"]["cidr_block"] == "10.20.200.0/24"
    assert given["network_public__a"]["cidr_block"] == "10.20.0.0/20"


@pytest.mark.parametrize(
    "kind", ["vpc", "subnet", "nat_gateway", "internet_gateway", "route", "route_table", "flow_log"]
)
def test_an_existing_vpc_is_not_changed(kind: str) -> None:
    assert platform().resources(f"aws_{kind}")
    assert not in_existing_vpc().has(f"aws_{kind}")


def test_in_an_existing_vpc_everything_is_in_its_subnets() -> None:
    stack = in_existing_vpc()
    assert {group["vpc_id"] for group in stack.resources("aws_security_group").values()} == {EXISTING_VPC["vpc_id"]}
    assert stack.only("aws_lb")["subnets"] == EXISTING_VPC["public_subnet_ids"]
    assert stack.only("aws_db_subnet_group")["subnet_ids"] == EXISTING_VPC["private_subnet_ids"]
    for service in stack.resources("aws_ecs_service").values():
        assert service["network_configuration"]["subnets"] == EXISTING_VPC["private_subnet_ids"]
        assert service["network_configuration"]["assign_public_ip"] is False


def test_every_subnet_has_a_gateway_endpoint_for_s3() -> None:
    endpoint = platform().only("aws_vpc_endpoint")
    assert endpoint["vpc_endpoint_type"] == "Gateway"
    assert len(endpoint["route_table_ids"]) == len(platform().resources("aws_route_table")) == 3


def test_flow_logs_wait_for_the_bucket_policy() -> None:
    log = platform().only("aws_flow_log")
    assert log["traffic_type"] == "ALL"
    assert log["depends_on"] == ["aws_s3_bucket_policy.audit_access"]
