from cdktf import App

from modules.firewall import Firewall, allow, allow_from, allow_https_out
from modules.stack import Stack
from modules.stack_id import StackId
from tests.synthesised import Synthesised, synthesise
from tests.variants import platform_config

CLIENT, SERVER = "${aws_security_group.a.id}", "${aws_security_group.b.id}"


def made() -> Synthesised:
    def build(app: App) -> None:
        stack = Stack(app, StackId("test", "platform"), platform_config())
        client = Firewall(stack, "a", prefix="airflow-test", component="client", vpc_id="vpc-1")
        server = Firewall(stack, "b", prefix="airflow-test", component="server", vpc_id="vpc-1")
        allow(client, server, 5432)
        allow_from(["198.51.100.0/24"], server, 443)
        allow_https_out(client)

    return synthesise(build)["test-platform"]


def test_allow_makes_a_rule_at_both_ends_and_no_other() -> None:
    stack = made()
    rule = {"ip_protocol": "tcp", "from_port": 5432, "to_port": 5432, "description": "client to server"}
    ways_out = stack.resources("aws_vpc_security_group_egress_rule")
    ways_in = stack.resources("aws_vpc_security_group_ingress_rule")
    assert ways_out.keys() == {"a_to_server_5432", "a_to_https"}
    assert ways_in.keys() == {"b_from_client_5432", "b_from_outside_443__198_51_100_0_24"}
    assert rule.items() <= ways_out["a_to_server_5432"].items()
    assert rule.items() <= ways_in["b_from_client_5432"].items()
    assert (
        ways_out["a_to_server_5432"]["security_group_id"],
        ways_out["a_to_server_5432"]["referenced_security_group_id"],
    ) == (CLIENT, SERVER)
    assert (
        ways_in["b_from_client_5432"]["security_group_id"],
        ways_in["b_from_client_5432"]["referenced_security_group_id"],
    ) == (SERVER, CLIENT)


def test_a_security_group_is_created_before_the_old_one_is_destroyed() -> None:
    for group in made().resources("aws_security_group").values():
        assert group["lifecycle"] == {"create_before_destroy": True}
