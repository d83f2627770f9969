"""Plans and applies of the modules `infrastructure` and `workflows`, called from plain HCL."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local_aws.state import LocalAws
from tests import variants
from tests.checkout import ROOT
from tests.module_export.roots import PROVIDER, Root, Values, call, publish
from tests.module_export.test_modules import variables_of

pytestmark = pytest.mark.slow

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
MODULES = list(REQUIRED)
INSTANCE = {"target_kind": "instance"}
OVER_SSH = {"repository_url": "git@github.com:example/weather.git"}
HOST_KEYS = ["git.example.org,10.0.0.1 ssh-ed25519 AAAA+/=="]
# For every variable a value that differs from the default and REQUIRED, and the values that it needs to have an effect.
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
        "repository_deploy_key": (True, OVER_SSH),
        "repository_host_keys": (HOST_KEYS, OVER_SSH),
        "repository_github_actions": (True, {}),
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
    local_aws.client("iam").create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com")
    return local_aws


@pytest.mark.parametrize("module", MODULES)
def test_every_variable_changes_the_plan(module: str, aws: LocalAws, tmp_path: Path) -> None:
    assert set(OTHER[module]) == {*variables_of(module)}
    calls: dict[str, Values] = {}
    for name, (value, needed) in OTHER[module].items():
        without = REQUIRED[module] | needed
        calls |= {_base(needed): without, f"with_{name}": without | {name: value}}
    root = Root(tmp_path, aws, PROVIDER + "".join(call(name, module, values) for name, values in calls.items()))
    source = str(ROOT / "terraform" / module)
    assert root.calls == {name: {"source": source, **values} for name, values in calls.items()}
    plans = root.plan()
    same = [name for name, (_, needed) in OTHER[module].items() if plans[f"with_{name}"] == plans[_base(needed)]]
    assert same == []


def _base(needed: Values) -> str:
    return "_".join(["base", *needed])


PROJECTS: list[tuple[Values, Values]] = [
    ({}, {}),
    (
        {
            "files": {"expire_days": 90, "noncurrent_days": 60},
            "target": {"serverless": {"min_capacity": 0.5, "max_capacity": 8, "engine_version": "17.2"}},
            "protected": False,
            "task": {"cpu": 256, "memory": 2048, "spot": True},
            "variables": {"station": "KSTL", "other": 'with "quotes"'},
            "repository": {"url": "ssh://git@example.org/x.git", "deploy_key": True, "host_keys": HOST_KEYS},
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
            "repository_url": "ssh://git@example.org/x.git",
            "repository_deploy_key": True,
            "repository_host_keys": HOST_KEYS,
        },
    ),
    (
        {
            "target": {"kind": "instance", "instance": {"storage_gb": 50, "multi_az": False, "engine_version": "15.4"}},
            "repository": {"url": "ssh://git@github.com/example/we.at_her.git", "branch": "v1", "github_actions": True},
        },
        {
            "repository_url": "ssh://git@github.com/example/we.at_her.git",
            "repository_branch": "v1",
            "repository_github_actions": True,
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
    known = {*variables_of(module)}
    everything = {"owner": variants.PROJECT["owner"], "repository_url": variants.PROJECT["repository"]["url"], **given}
    values = {"environment": "test", "project": "weather"} | {k: v for k, v in everything.items() if k in known}
    as_module = Root(tmp_path / "module", aws, PROVIDER + call("weather", module, values))

    def compared(plan: dict[str, Values]) -> dict[str, Values]:
        ours = {_stack_address(address): values for address, values in plan.items()}
        # The stack computes it from names, which the module does not know: any positive number is fine.
        for address in ours:
            if address.startswith("aws_secretsmanager_secret_version.connections_value__"):
                ours[address] = {**ours[address], "secret_string_wo_version": None}
        return ours

    assert compared(as_module.plan()["weather"]) == compared(as_stack.plan()[""])


def _stack_address(address: str) -> str:
    """``x.variables["station"]`` is ``x.variables__station`` in a stack, which has no for_each."""
    return re.sub(r'\["(.*)"\]$', r"__\1", address)


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
        ("workflows", {"repository_url": "http://example.org/x.git"}, "repository_url must match"),
        ("workflows", {"repository_branch": "a..b"}, 'repository_branch must not have ".." in it'),
        ("workflows", {"repository_dags": "../x"}, "repository_dags must match"),
        (
            "workflows",
            {"repository_deploy_key": True},
            "repository_deploy_key is for SSH: write repository_url as git@",
        ),
        (
            "workflows",
            {"repository_host_keys": HOST_KEYS},
            "repository_host_keys is for SSH: write repository_url as git@",
        ),
        (
            "workflows",
            OVER_SSH | {"repository_host_keys": ["git.example.org"]},
            "repository_host_keys must be lines such",
        ),
        (
            "workflows",
            {"repository_url": "https://gitlab.com/a/b", "repository_github_actions": True},
            "repository_github_actions needs a repository_url on github.com",
        ),
        (
            "workflows",
            {"repository_branch": "refs/tags/v1", "repository_github_actions": True},
            "repository_github_actions needs a branch",
        ),
        ("workflows", {"variables": {"Station": "x"}}, "Names of variables must match"),
        ("workflows", {"owner": ""}, "owner must have 1 characters or more"),
    ],
)
def test_a_wrong_value_is_refused(module: str, values: Values, message: str, aws: LocalAws, tmp_path: Path) -> None:
    root = Root(tmp_path, aws, PROVIDER + call("wrong", module, REQUIRED[module] | values))
    assert message in " ".join(root.run("plan", code=1).replace("│", " ").split())


def test_infrastructure_is_deployed_and_destroyed_from_hcl(aws: LocalAws, tmp_path: Path) -> None:
    publish(aws, "hcl", [])
    root = Root.by_hand(tmp_path, aws, "infrastructure")
    applied = root.run("apply", "-auto-approve")
    assert "airflow-hcl-weather-files-000000000000" in applied
    assert "No changes" in root.run("plan")
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {one["type"] for one in state["resources"]} >= {"aws_rds_cluster", "aws_s3_bucket", "aws_ssm_parameter"}
    root.run("destroy", "-auto-approve")
    assert json.loads((tmp_path / "terraform.tfstate").read_text())["resources"] == []


def test_workflows_are_planned_from_hcl(aws: LocalAws, tmp_path: Path) -> None:
    planned = Root.by_hand(tmp_path, aws, "workflows").plan()["weather"]
    assert planned["aws_iam_role.ci"]["name"] == "airflow-test-weather-ci"
    assert planned["aws_secretsmanager_secret.deploy_key"]["name"] == "airflow-test/deploy-keys/weather"
    assert 'aws_secretsmanager_secret.variables["greeting"]' in planned
