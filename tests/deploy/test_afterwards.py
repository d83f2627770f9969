"""Commands after a deploy, with the real Terraform: `ops changed`, `ops deploy --changed`, `cdktf destroy`, `ops down`, in this order."""

import json

import pytest

from tests.checkout import Checkout
from tests.ops.deployed_states import BUCKET

pytestmark = pytest.mark.slow


def changed(checkout: Checkout) -> dict[str, str]:
    return {one["stack"]: one["what"] for one in json.loads(checkout.ops("changed", "local", "--json").stdout)}


def test_unchanged_stacks_are_not_deployed_again(checkout: Checkout, demo: str) -> None:
    assert changed(checkout) == {}
    assert "Nothing to deploy" in checkout.ops("deploy", "local", "--changed", "--auto-approve").stdout


def test_only_a_changed_stack_is_deployed_and_it_stays_changed_until_its_deploy_succeeds(
    checkout: Checkout, demo: str
) -> None:
    file, secrets = checkout.path / "environments/local/projects/weather.tfvars", checkout.client("secretsmanager")
    before, deploy = file.read_text(), ("deploy", "local", "--changed", "--auto-approve")
    file.write_text(before.replace('station = "KSTL"', 'station = "KSUS"\n  second = "KCPS"'))
    assert changed(checkout) == {"local-weather-workflows": "changed"}
    # The name is taken, so that the deploy fails halfway.
    secrets.create_secret(Name="airflow-local/variables/weather_second", SecretString="in the way")
    failed = checkout.ops(*deploy, code=1).stdout
    assert "local-weather-workflows: failed, terraform apply failed" in failed
    assert changed(checkout) == {"local-weather-workflows": "changed"}
    secrets.delete_secret(SecretId="airflow-local/variables/weather_second", ForceDeleteWithoutRecovery=True)
    assert "local-weather-workflows: deployed, 2 added" in checkout.ops(*deploy).stdout
    assert changed(checkout) == {}
    file.write_text(before)
    # The secret and its version, and the version of the other secret, whose text is the previous one again.
    assert "3 destroyed" in checkout.ops(*deploy).stdout
    assert changed(checkout) == {}


def test_a_stack_whose_file_is_deleted_is_listed_as_gone(checkout: Checkout, demo: str) -> None:
    file, aside = checkout.path / "environments/local/projects/weather.tfvars", checkout.path / "weather.tfvars"
    file.rename(aside)
    try:
        found = changed(checkout)
    finally:
        aside.rename(file)
    # The backend's stack holds a policy for each project.
    backend = "backend-000000000000-us-east-1"
    assert found == {backend: "changed", "local-weather-infrastructure": "gone", "local-weather-workflows": "gone"}


def test_npx_cdktf_deploys_too_and_records_no_digest(checkout: Checkout, demo: str) -> None:
    stack = "local-weather-workflows"
    variables = {
        **checkout.local_aws.environment(),
        "TF_CLI_CONFIG_FILE": str(checkout.path / ".cache/terraform.tfrc"),
        "CI": "true",
    }
    flags = ("--auto-approve", "--skip-provider-lock", "--ignore-missing-stack-dependencies", "--no-color")
    deployed = checkout.run("node_modules/.bin/cdktf", "deploy", stack, *flags, code=0, **variables).stdout
    assert "Apply complete! Resources: 0 added, 0 changed, 1 destroyed." in deployed
    assert changed(checkout) == {stack: "changed"}
    assert f"{stack}: deployed, 1 added" in checkout.ops("deploy", "local", "--changed", "--auto-approve").stdout
    assert changed(checkout) == {}


def test_destroy_leaves_nothing_and_shows_no_secret(checkout: Checkout, secrets: dict[str, bytes]) -> None:
    assert len(checkout.existing("local")) > 10
    said = checkout.cdktf("destroy", "local-*", "--auto-approve").stdout.encode()
    assert b"Destroy complete!" in said
    assert len(secrets) >= 8
    assert [name for name, value in secrets.items() if value in said] == []
    assert checkout.existing("local") == []
    left = {
        "buckets": [one["Name"] for one in checkout.client("s3").list_buckets()["Buckets"] if one["Name"] != BUCKET],
        "secrets": checkout.client("secretsmanager").list_secrets()["SecretList"],
        "databases": checkout.client("rds").describe_db_instances()["DBInstances"],
        "database clusters": checkout.client("rds").describe_db_clusters()["DBClusters"],
        "clusters": checkout.client("ecs").list_clusters()["clusterArns"],
        "balancers": checkout.client("elbv2").describe_load_balancers()["LoadBalancers"],
        "file systems": checkout.client("efs").describe_file_systems()["FileSystems"],
        "log groups": checkout.client("logs").describe_log_groups()["logGroups"],
        "parameters": checkout.client("ssm").describe_parameters()["Parameters"],
        "roles": [r["RoleName"] for r in checkout.client("iam").list_roles(PathPrefix="/airflow-local/")["Roles"]],
        "repositories": checkout.client("ecr").describe_repositories()["repositories"],
    }
    assert {kind: found for kind, found in left.items() if found} == {}


def test_down_ends_with_the_remote_state_gone_and_the_emulator_stopped(checkout: Checkout, demo: str) -> None:
    output = checkout.ops("down").stdout
    assert "Everything is destroyed, and the local AWS is stopped." in output
    checkout.ops("local-aws", "status", code=3)
