"""What Terraform plans and applies of the projects' modules of terraform/, called from plain HCL."""

import json
from pathlib import Path
from typing import Any

import pytest

from ops.local_aws.state import LocalAws
from tests import variants
from tests.terraform_modules.roots import PROVIDER, Root, Values, call, publish
from tests.terraform_modules.test_modules import MODULES

pytest_plugins = ["tests.local_aws_fixture"]
REQUIRED: dict[str, Values] = {
    "infrastructure": {"environment": "test", "project": "weather"},
    "workflows": {
        "environment": "test",
        "project": "weather",
        "owner": 'the "weather" team',
        "repository_url": "https://github.com/example/weather.git",
        "variables": {"station": "KSTL"},
    },
}
INSTANCE = {"target_kind": "instance"}
# Another value than the default or REQUIRED for every variable, and what has to be so that it matters.
OTHER: dict[str, dict[str, tuple[Any, Values]]] = {
    "infrastructure": {
        "environment": ("other", {}),
        "project": ("other-project", {}),
        "protected": (False, {}),
        "files_expire_days": (90, {}),
        "files_noncurrent_days": (60, {}),
        "target_kind": ("instance", {}),
        "serverless_engine_version": ("17.2", {}),
        "serverless_min_capacity": (0.5, {}),
        "serverless_max_capacity": (8, {}),
        "serverless_pause_after_minutes": (30, {}),
        "serverless_backup_retention_days": (14, {}),
        "instance_engine_version": ("17", INSTANCE),
        "instance_class": ("db.m7g.large", INSTANCE),
        "instance_storage_gb": (50, INSTANCE),
        "instance_max_storage_gb": (200, INSTANCE),
        "instance_multi_az": (False, INSTANCE),
        "instance_backup_retention_days": (14, INSTANCE),
        "instance_performance_insights": (False, INSTANCE),
    },
    "workflows": {
        "environment": ("other", {}),
        "project": ("other-project", {}),
        "owner": ("somebody else", {}),
        "repository_url": ("https://github.com/example/other.git", {}),
        "repository_branch": ("release", {}),
        "repository_dags": ("src/dags", {}),
        "task_cpu": (256, {}),
        "task_memory": (2048, {}),
        "task_spot": (True, {}),
        "variables": ({"station": "KSUS"}, {}),
        "protected": (False, {}),
    },
}


@pytest.fixture(scope="module")
def aws(local_aws: LocalAws) -> LocalAws:
    for environment in ("test", "other"):
        publish(local_aws, environment, ["weather", "other-project"])
    return local_aws


@pytest.mark.parametrize("module", MODULES)
def test_every_variable_changes_the_plan(module: str, aws: LocalAws, tmp_path: Path) -> None:
    assert set(OTHER[module]) == {one.name for one in MODULES[module].variables}
    calls = {"base": REQUIRED[module], "instance": REQUIRED[module] | INSTANCE}
    if module != "infrastructure":
        del calls["instance"]
    for name, (value, needed) in OTHER[module].items():
        calls[f"with_{name}"] = REQUIRED[module] | needed | {name: value}
    root = Root(tmp_path, aws, PROVIDER + "".join(call(name, module, values) for name, values in calls.items()))
    assert set(root.calls) == set(calls)
    plans = root.plan()
    same = [
        name
        for name, (_, needed) in OTHER[module].items()
        if plans[f"with_{name}"] == plans["instance" if needed else "base"]
    ]
    assert same == []


PROJECTS: list[tuple[Values, Values]] = [
    ({}, {}),
    (
        {
            "files": {"expire_days": 90, "noncurrent_days": 60},
            "target": {"serverless": {"min_capacity": 0.5, "max_capacity": 8, "engine_version": "17.2"}},
            "protected": False,
            "task": {"cpu": 256, "memory": 2048, "spot": True},
            "variables": {"station": "KSTL", "other": 'with "quotes"'},
        },
        {
            "files_expire_days": 90,
            "files_noncurrent_days": 60,
            "serverless_min_capacity": 0.5,
            "serverless_max_capacity": 8,
            "serverless_engine_version": "17.2",
            "protected": False,
            "task_cpu": 256,
            "task_memory": 2048,
            "task_spot": True,
            "variables": {"station": "KSTL", "other": 'with "quotes"'},
        },
    ),
    (
        {"target": {"kind": "instance", "instance": {"storage_gb": 50, "multi_az": False, "engine_version": "15.4"}}},
        {
            "target_kind": "instance",
            "instance_storage_gb": 50,
            "instance_multi_az": False,
            "instance_engine_version": "15.4",
        },
    ),
]


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize(("project", "given"), PROJECTS)
def test_a_module_plans_what_the_stack_plans(
    module: str, project: Values, given: Values, aws: LocalAws, tmp_path: Path
) -> None:
    stack = {"infrastructure": variants.infrastructure, "workflows": variants.workflows}[module]
    text = json.dumps(stack("weather", **project).document).replace("111111111111", "000000000000")
    document = json.loads(text)
    del document["terraform"]["backend"]
    document["provider"]["aws"][0] |= {"s3_use_path_style": True, "default_tags": []}
    as_stack = Root(tmp_path / "stack", aws, "")
    (as_stack.folder / "cdk.tf.json").write_text(json.dumps(document))
    as_stack.run("init")
    known = {one.name for one in MODULES[module].variables}
    everything = {"owner": variants.PROJECT["owner"], "repository_url": variants.PROJECT["repository"]["url"], **given}
    values = {"environment": "test", "project": "weather"} | {k: v for k, v in everything.items() if k in known}
    as_module = Root(tmp_path / "module", aws, PROVIDER + call("weather", module, values))

    def compared(plan: dict[str, Values]) -> dict[str, Values]:
        ours = {_stack_address(address): values for address, values in plan.items()}
        # Made of the project's name and region, which the module learns later: any positive number does.
        for address in ours:
            if address.startswith("aws_secretsmanager_secret_version.connections_"):
                ours[address] = {**ours[address], "secret_string_wo_version": None}
        return ours

    assert compared(as_module.plan()["weather"]) == compared(as_stack.plan()[""])


def _stack_address(address: str) -> str:
    """``x.variables_secret["station"]`` is ``x.variables_station_secret`` in a stack, which has no for_each."""
    if not address.endswith('"]'):
        return address
    resource, _, key = address.removesuffix('"]').partition('["')
    return resource.replace(".variables_", f".variables_{key}_")


@pytest.mark.parametrize(
    ("module", "values", "message"),
    [
        ("infrastructure", {"environment": "Test"}, "environment must be lower-case letters"),
        ("infrastructure", {"project": "w" * 60}, "S3 allows 63 characters"),
        ("infrastructure", {"target_kind": "mysql"}, 'target_kind must be one of "instance", "serverless"'),
        ("infrastructure", {"files_expire_days": 0}, "files_expire_days must be 1 or more"),
        ("infrastructure", {"files_noncurrent_days": 1.5}, "files_noncurrent_days must be a whole number"),
        (
            "infrastructure",
            {"serverless_max_capacity": 0.5},
            "must be 1 or more, and not below serverless_min_capacity",
        ),
        ("infrastructure", {"serverless_min_capacity": 0.3}, "serverless_min_capacity must be a multiple of 0.5"),
        ("infrastructure", {"instance_max_storage_gb": 30, "instance_storage_gb": 40}, "must not be below"),
        ("workflows", {"task_memory": 512, "task_cpu": 512}, "must be one that Fargate offers"),
        ("workflows", {"repository_url": "https://me:pw@example.org/x.git"}, "must not have a user in it"),
        ("workflows", {"variables": {"Station": "x"}}, "Names of variables must match"),
        ("workflows", {"owner": ""}, "owner must have 1 characters or more"),
    ],
)
def test_a_wrong_value_is_refused(module: str, values: Values, message: str, aws: LocalAws, tmp_path: Path) -> None:
    root = Root(tmp_path, aws, PROVIDER + call("wrong", module, REQUIRED[module] | values))
    assert message in " ".join(root.run("plan", code=1).replace("│", " ").split())


def test_infrastructure_is_deployed_and_destroyed_from_hcl(aws: LocalAws, tmp_path: Path) -> None:
    publish(aws, "hcl", [])
    outputs = 'output "bucket" {\n  value = module.weather.bucket\n}\n'
    values = {"environment": "hcl", "project": "weather", "protected": False}
    root = Root(tmp_path, aws, PROVIDER + call("weather", "infrastructure", values) + outputs)
    applied = root.run("apply", "-auto-approve")
    assert "airflow-hcl-weather-files-000000000000" in applied
    assert "No changes" in root.run("plan")
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {one["type"] for one in state["resources"]} >= {"aws_rds_cluster", "aws_s3_bucket", "aws_ssm_parameter"}
    root.run("destroy", "-auto-approve")
    assert json.loads((tmp_path / "terraform.tfstate").read_text())["resources"] == []
