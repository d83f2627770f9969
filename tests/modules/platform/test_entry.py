import pytest

from tests.synthesised import Synthesised, environment_of
from tests.variants import CERTIFICATE, platform

HTTP = {"certificate_arn": None, "domain": None, "insecure_http": True}


def plain() -> Synthesised:
    return platform(entry=HTTP)


def test_with_a_certificate_port_443_requires_modern_tls() -> None:
    listener = platform().resources("aws_lb_listener")["entry_https"]
    assert (listener["port"], listener["protocol"], listener["certificate_arn"]) == (443, "HTTPS", CERTIFICATE)
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    assert [action["type"] for action in listener["default_action"]] == ["forward"]


def test_with_a_certificate_port_80_redirects_permanently() -> None:
    listener = platform().resources("aws_lb_listener")["entry_http"]
    (action,) = listener["default_action"]
    assert listener["port"] == 80
    assert action["redirect"] == {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}


def test_without_a_certificate_port_80_is_the_only_listener() -> None:
    listener = plain().only("aws_lb_listener")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert [action["type"] for action in listener["default_action"]] == ["forward"]


@pytest.mark.parametrize(("entry", "ports"), [({}, {80, 443}), (HTTP, {80})])
def test_the_entry_admits_the_allowed_networks_on_its_ports(entry: dict[str, object], ports: set[int]) -> None:
    networks = ["198.51.100.0/24", "203.0.113.0/24"]
    rules = (
        platform(entry={**entry, "allowed_cidrs": networks}).resources("aws_vpc_security_group_ingress_rule").values()
    )
    from_outside = {(rule["cidr_ipv4"], rule["from_port"]) for rule in rules if "cidr_ipv4" in rule}
    assert from_outside == {(network, port) for network in networks for port in ports}


@pytest.mark.parametrize(("internal", "kind"), [(False, "public"), (True, "private")])
def test_an_internal_load_balancer_is_in_private_subnets(internal: bool, kind: str) -> None:
    balancer = platform(entry={"internal": internal}).only("aws_lb")
    assert balancer["internal"] is internal
    assert {subnet.split("_")[2] for subnet in balancer["subnets"]} == {kind}


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ({}, "https://airflow.example.org"),
        (HTTP, "http://${aws_lb.entry.dns_name}"),
        (HTTP | {"domain": "airflow.example.org"}, "http://airflow.example.org"),
    ],
)
def test_airflow_has_its_url(entry: dict[str, object], url: str) -> None:
    container = platform(entry=entry).containers["api_server_task"]["api-server"]
    assert environment_of(container)["AIRFLOW__API__BASE_URL"] == url


def test_the_load_balancer_times_out_after_the_api_server() -> None:
    idle = platform().only("aws_lb")["idle_timeout"]
    container = platform().containers["api_server_task"]["api-server"]
    assert idle >= 120
    assert idle > int(environment_of(container)["AIRFLOW__API__WORKER_TIMEOUT"])


def test_access_logs_wait_for_the_bucket_policy() -> None:
    balancer = platform().only("aws_lb")
    assert balancer["access_logs"]["enabled"] is True
    assert balancer["depends_on"] == ["aws_s3_bucket_policy.audit_access"]


def test_the_health_check_requests_a_page_without_login() -> None:
    health = platform().only("aws_lb_target_group")["health_check"]
    assert (health["path"], health["matcher"]) == ("/api/v2/version", "200")
    assert health["timeout"] < health["interval"] == 10
    assert health["interval"] * health["unhealthy_threshold"] == 90


def test_malformed_requests_are_dropped() -> None:
    balancer = platform().only("aws_lb")
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["desync_mitigation_mode"] == "defensive"
