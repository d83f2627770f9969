"""The rule for Terraform addresses in CONTRIBUTING.md, over every variant of every stack."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise, product
from typing import Any

import pytest
from cdktf import App

from backend.stack import StateBackend
from modules.infrastructure.infrastructure import Infrastructure
from modules.platform.platform import Platform
from modules.resource_group import ResourceGroup, address
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows
from tests.synthesised import Synthesised, synthesise
from tests.variants import EXISTING_VPC, Values, platform, platform_config, project_config

BROKERS: list[tuple[str, Values]] = [("elasticache", {}), ("container", {"instances": {}})]
CELERY: list[Values] = [
    {"airflow": {"executor": executor}, "celery": {"broker": broker, "workers": workers}}
    for executor in ("celery", "celery,ecs")
    for broker, workers in BROKERS
]
EXECUTORS: list[Values] = [*({"airflow": {"executor": executor}} for executor in ("ecs", "local")), *CELERY]
POSTGRES, MYSQL = (
    {"protected": False, "database": {"container": {"engine": engine}}} for engine in ("postgres", "mysql")
)
DATABASES: list[Values] = [{}, POSTGRES, MYSQL]
INSECURE = {"certificate_arn": None, "insecure_http": True, "allowed_cidrs": ["10.0.0.0/8", "192.0.2.0/24"]}
NETWORKS: list[Values] = [
    *({"network": {"vpc": {"nat": nat}}} for nat in ("one", "per_zone")),
    {"network": {"vpc": None, "existing_vpc": EXISTING_VPC}, "entry": INSECURE},
]
PROJECTS: list[Values] = [
    {"variables": {"station": "KSTL", "station_value": "x"}},
    {"target": {"kind": "instance"}, "repository": {"url": "git@github.com:example/weather.git", "deploy_key": True}},
    {"repository": {"github_actions": True}, "access": {"s3_read": ["example"]}},
]
# A number of one or two digits in an address is a position, except port 80.
POSITION = re.compile(r"(?!80$)\d{1,2}")


def platforms() -> Iterator[Values]:
    """Every executor with every broker, database and network that the configuration accepts."""
    for executor, database, network in product(EXECUTORS, DATABASES, NETWORKS):
        if "celery" not in executor or database is not MYSQL:
            yield {**executor, **database, **network}


@pytest.fixture(scope="module")
def everything() -> tuple[Mapping[str, Synthesised], set[str]]:
    """Every variant by name, and the paths of all components in them."""
    components = set()
    init = ResourceGroup.__init__

    def recorded(self: ResourceGroup, *arguments: Any) -> None:
        init(self, *arguments)
        components.add(self.path)

    def build(app: App) -> None:
        for number, values in enumerate(platforms()):
            Platform(app, StackId(f"v{number}", "platform"), platform_config(**values))
        for number, values in enumerate(PROJECTS):
            config, account = project_config(**values), platform_config()
            Infrastructure(app, StackId(f"v{number}", "infrastructure", "weather-2"), config, account=account)
            Workflows(app, StackId(f"v{number}", "workflows", "weather-2"), config, account=account)
        StateBackend(app, platform_config(), projects=[StackId("dev", "workflows", "weather-2")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResourceGroup, "__init__", recorded)
        return synthesise(build), components


def addresses(stacks: Mapping[str, Synthesised]) -> set[tuple[str, str]]:
    """(type, name) of every resource, data source and ephemeral resource."""
    return {
        (kind, name)
        for stack in stacks.values()
        for section in ("resource", "data", "ephemeral")
        for kind, bodies in stack.document.get(section, {}).items()
        for name in bodies
    }


def problems(kind: str, name: str, components: set[str]) -> Iterator[str]:
    base, _, key = name.partition("__")
    words = base.split("_")
    component = max((one for one in components if base == one or base.startswith(f"{one}_")), key=len, default="")
    word = base.removeprefix(component).removeprefix("_")
    if any(one == other for one, other in pairwise(words)):
        yield "has a word twice in a row"
    if word and word.rpartition("_")[2] == kind.rpartition("_")[2]:
        yield f"repeats the end of its type in {word!r}"
    if any(POSITION.fullmatch(one) for one in (*words, key)):
        yield "contains a position"


def test_every_address_follows_the_rule(everything: tuple[Mapping[str, Synthesised], set[str]]) -> None:
    stacks, components = everything
    assert len(stacks) == 49
    found = addresses(stacks)
    assert len({kind for kind, _ in found}) > 50
    assert not [f"{kind}.{name} {one}" for kind, name in sorted(found) for one in problems(kind, name, components)]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("aws_ecs_cluster", "cluster_cluster"),
        ("aws_vpc", "network_vpc"),
        ("aws_flow_log", "network_flow_log"),
        ("aws_efs_mount_target", "files_mount_0"),
        ("aws_efs_mount_target", "files_mount__0"),
        ("aws_iam_role", "admin_task_role_role"),
    ],
)
def test_an_address_against_the_rule_would_be_found(kind: str, name: str) -> None:
    assert list(problems(kind, name, {"cluster", "network", "files", "admin_task_role"}))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("aws_ecs_cluster", "cluster"),
        ("aws_ecs_task_definition", "api_server_task"),
        ("aws_iam_role", "admin_task_role"),
        ("aws_secretsmanager_secret", "keys_jwt_secret"),
        ("aws_subnet", "network_public__a"),
    ],
)
def test_an_address_by_the_rule_passes(kind: str, name: str) -> None:
    assert not list(problems(kind, name, {"cluster", "network", "admin_task_role", "keys_jwt_secret"}))


def test_a_word_that_repeats_the_component_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"cluster_cluster has a word twice in a row; at\(\) without a word is cluster"
    ):
        address("cluster", "cluster")


def test_no_name_of_a_key_is_that_of_another_resource() -> None:
    made = [address("variables", word, key) for word in ("", "value") for key in ("a", "value_a", "value__a")]
    assert len(set(made)) == len(made)


REVERSED: Values = {
    "network": {
        "vpc": {
            "zones": ["us-east-1b", "us-east-1a"],
            "public_subnets": ["10.20.1.0/24", "10.20.0.0/24"],
            "private_subnets": ["10.20.11.0/24", "10.20.10.0/24"],
        }
    },
    "entry": {"allowed_cidrs": ["198.51.100.0/24", "192.0.2.0/24"]},
}


def in_other_order(values: Any) -> Any:
    """The values with every list reversed."""
    if isinstance(values, dict):
        return {key: in_other_order(value) for key, value in values.items()}
    return values[::-1] if isinstance(values, list) else values


@pytest.mark.parametrize("network", [REVERSED["network"], {"vpc": None, "existing_vpc": EXISTING_VPC}])
def test_the_order_of_a_list_is_in_no_address(network: Values) -> None:
    values = {"network": network, "entry": REVERSED["entry"]}
    first, second = (platform(**one) for one in (values, in_other_order(values)))
    for kind in ("aws_subnet", "aws_efs_mount_target", "aws_vpc_security_group_ingress_rule", "aws_nat_gateway"):
        assert first.resources(kind, allow_empty=True) == second.resources(kind, allow_empty=True)
    assert first.resources("aws_efs_mount_target")
