"""The module `platform` of terraform/, called from plain HCL."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from local_aws.state import LocalAws
from modules.account import AccountConfig
from modules.platform.config import PlatformConfig
from tests import variants
from tests.module_export.evaluated import Evaluation
from tests.module_export.fields import fields
from tests.module_export.platform_values import (
    OTHER,
    REQUIRED,
    SIGN_IN,
    Values,
    chosen,
    configured,
    others,
    path,
)
from tests.module_export.roots import Root
from tests.module_export.test_modules import files, made, variables_of

pytest_plugins = ["tests.local_aws_fixture"]
# The defaults, and random values: together they have another value for every variable.
PLATFORMS: dict[str, Values] = {
    "defaults": REQUIRED,
    **{f"random_{seed}": chosen(seed) for seed in (534, 584, 1290, 2057, 3037, 3458)},
}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Values]:
    """Evaluate each of PLATFORMS, as the module and as the stack."""
    evaluation = Evaluation(tmp_path_factory.mktemp("evaluated"), variants.platform_config())
    evaluation.add("platform", made("platform").document, files("platform"))
    for name, values in PLATFORMS.items():
        evaluation.call(name, "platform", values)
        stack = json.dumps(variants.platform(**configured(values)).document)
        stack = stack.replace("airflow-test", f"airflow-{values['environment']}")
        evaluation.add(f"stack_{name}", json.loads(stack))
        evaluation.call(f"as_stack_{name}", f"stack_{name}")
    return evaluation.made()


def test_another_value_of_every_variable_is_tried() -> None:
    consent = {"insecure_http", "open_to_the_internet"}
    assert {*OTHER, *consent} == {*variables_of("platform")}
    assert set(OTHER) - {"certificate_arn"} <= set().union(*(others(values) for values in PLATFORMS.values()))
    decisions = {"executor": 4, "sign_in": 3, "insecure_http": 2}
    for name, kinds in decisions.items():
        assert len({json.dumps(values.get(name)) for values in PLATFORMS.values()}) >= kinds
    networks = [values["vpc"] for values in PLATFORMS.values() if values["vpc"]]
    assert {(len(one["zones"])) for one in networks} == {2, 3}
    assert {one.get("nat") for one in networks} >= {"none", "one", "per_zone"}


# See docs/how-to/terraform-modules.md.
NOT_VARIABLES = {
    *AccountConfig.model_fields,
    "bundles",
    "database.container",
    "celery.broker",
    "celery.workers.instances",
}


def test_every_field_of_platform_tfvars_is_a_variable_or_known_not_to_be() -> None:
    said = {".".join(path(name)) for name in variables_of("platform")} - {"environment"}
    assert said | NOT_VARIABLES == set(fields(PlatformConfig, said | NOT_VARIABLES))


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_module_makes_what_the_stack_makes(name: str, evaluated: Mapping[str, Values]) -> None:
    made, stack = evaluated[name], _repeated(evaluated[f"as_stack_{name}"], PLATFORMS[name])
    for address, body in made.items():
        # The module has the dependencies of all cases.
        assert set(stack.get(address, {}).pop("depends_on", [])) <= set(body.pop("depends_on", [])), address
        if address.startswith("aws_secretsmanager_secret_version."):
            # The stack computes it from names, which the module does not know: any positive number is fine.
            body["secret_string_wo_version"] = stack[address]["secret_string_wo_version"]
    assert made == stack


def _repeated(stack: Values, values: Values) -> Values:
    """Return the resources of a stack with the addresses that the module repeats: for zones, subnets and networks."""
    keys = {re.sub(r"\W", "_", cidr): cidr for cidr in values["allowed_cidrs"]}
    if existing := values.get("existing_vpc"):
        keys |= {re.sub(r"\W", "_", id): str(index) for index, id in enumerate(existing["private_subnet_ids"])}
    text = re.sub(
        r"\b(network_\w+?|files_mount|\w+_outside_\d+)__([a-z0-9_]+)",
        lambda it: f"{it[1]}[{keys.get(it[2], it[2])}]",
        json.dumps(stack),
    )
    repeated = {re.sub(r"\[(.*)\]$", r'["\1"]', address): body for address, body in json.loads(text).items()}
    for body in repeated.values():
        if "depends_on" in body:
            body["depends_on"] = [address.partition("[")[0] for address in body["depends_on"]]
    return repeated


WRONG: list[tuple[Values, str]] = [
    ({"environment": "Test"}, "environment must be lower-case letters"),
    ({"environment": "w" * 19}, "environment must have 18 characters or less"),
    ({"existing_vpc": variants.EXISTING_VPC}, "Give one of vpc and existing_vpc."),
    ({"vpc": None}, "Give one of vpc and existing_vpc."),
    ({"vpc": {**variants.OWN_VPC, "cidr": "10.0.0.0/8"}}, "vpc.cidr must be a /16 to a /24."),
    ({"vpc": {**variants.OWN_VPC, "zones": ["us-east-1a"]}}, "vpc.zones must be two or three zones."),
    ({"vpc": {**variants.OWN_VPC, "zones": ["us-east-1a"] * 2}}, "vpc.zones must be two or three zones."),
    ({"vpc": {**variants.OWN_VPC, "public_subnets": ["10.20.1.0/24"]}}, "must have one range for each zone."),
    ({"vpc": {**variants.OWN_VPC, "nat": "two"}}, 'vpc.nat must be one of "none", "one", "per_zone".'),
    ({"vpc": None, "existing_vpc": {**variants.EXISTING_VPC, "private_subnet_ids": ["a"]}}, "must be two or more."),
    ({"allowed_cidrs": []}, "allowed_cidrs must have one or more."),
    ({"allowed_cidrs": ["everybody"]}, "allowed_cidrs must be ranges"),
    ({"allowed_cidrs": ["0.0.0.0/0"]}, "allowed_cidrs has 0.0.0.0/0; name your networks"),
    ({"certificate_arn": None}, "Give certificate_arn, or set insecure_http = true to go without"),
    ({"insecure_http": True}, "Give certificate_arn, or set insecure_http = true to go without"),
    ({"domain": None}, "Give domain, the name that the certificate is for."),
    ({"sign_in": {**SIGN_IN, "issuer": None}}, 'sign_in.issuer must be given for the provider "oidc"'),
    ({"sign_in": {**SIGN_IN, "provider": "google", "issuer": None}}, 'The provider "google" sends no groups'),
    ({"sign_in": {**SIGN_IN, "allowed_domains": []}}, "sign_in.allowed_domains must name your domains"),
    ({"sign_in": {**SIGN_IN, "allowed_domains": ["two words"]}}, "sign_in.allowed_domains must be domains such as"),
    ({"sign_in": {**SIGN_IN, "client_secret_arn": "secret"}}, "sign_in.client_secret_arn must be the whole ARN"),
    ({"executor": "kubernetes"}, 'executor must be one of "ecs", "celery", "local", "celery,ecs".'),
    ({"image_digest": "latest"}, "image_digest must match"),
    ({"airflow_settings": {"core": {"fernet_key": "x"}}}, "airflow_settings has one that the platform sets itself"),
    ({"airflow_settings": {"core": {"fernet_key_cmd": "x"}}}, "airflow_settings has one that the platform sets itself"),
    ({"airflow_settings": {"logging": {"json_logs": "x"}}}, "airflow_settings has one that the platform sets itself"),
    ({"task_cpu": 512, "task_memory": 512}, "task_memory must be one that Fargate offers with task_cpu."),
    (
        {"database_storage_gb": 200, "database_max_storage_gb": 100},
        "database_max_storage_gb must not be below database_storage_gb.",
    ),
    (
        {"api_server_min_count": 5, "api_server_max_count": 4},
        "api_server_max_count must not be below api_server_min_count.",
    ),
    ({"worker_min_count": 11, "worker_max_count": 10}, "worker_max_count must not be below worker_min_count."),
    ({"log_component_days": 2}, "log_component_days must be one of 1, 3, 5"),
]


# Locals of the rules.
RULES = ("fargate_memory", "reserved_settings")


def test_a_wrong_value_is_refused(tmp_path: Path) -> None:
    # Terraform checks rules about a single variable first.
    left = _not_refused(WRONG, tmp_path / "first")
    assert 0 < len(left) < len(WRONG)
    assert _not_refused(left, tmp_path / "then") == []


def _not_refused(wrong: list[tuple[Values, str]], folder: Path) -> list[tuple[Values, str]]:
    evaluation = Evaluation(folder, variants.platform_config())
    # Only the variables: nothing is to be made of them.
    rules = {"output": {}, "locals": {name: made("platform").document["locals"][name] for name in RULES}}
    evaluation.add("platform", rules, {"variables.tf": files("platform")["variables.tf"]})
    for number, (values, _) in enumerate(wrong):
        evaluation.call(f"wrong_{number}", "platform", REQUIRED | values)
    refused: dict[int, str] = {}
    for error in evaluation.plan(code=1).split("Error: ")[1:]:
        for number in re.findall(r"in module\.wrong_(\d+)", error):
            refused[int(number)] = refused.get(int(number), "") + " ".join(error.replace("│", " ").split())
    return [(values, said) for number, (values, said) in enumerate(wrong) if said not in refused.get(number, "")]


def test_a_platform_is_planned_from_hcl(local_aws: LocalAws, tmp_path: Path) -> None:
    planned = Root.by_hand(tmp_path, local_aws, "platform").plan()["airflow"]
    services = {body["name"] for address, body in planned.items() if address.startswith("aws_ecs_service.")}
    assert services == {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "flower"}


def test_a_platform_is_planned_with_a_network_of_the_same_apply(local_aws: LocalAws, tmp_path: Path) -> None:
    planned = Root.by_hand(tmp_path, local_aws, "existing_vpc").plan()["airflow"]
    mounts = {address for address in planned if address.startswith("aws_efs_mount_target.")}
    assert mounts == {'aws_efs_mount_target.files_mount["0"]', 'aws_efs_mount_target.files_mount["1"]'}
    networks = [address for address in planned if address.startswith(("aws_vpc.", "aws_subnet.", "aws_nat_gateway."))]
    assert planned
    assert networks == []
