"""An environment for a branch, for real: made by one command, deployed to the local AWS, destroyed, and removed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.checkout import Checkout
from tests.deploy.test_deploy import inactive

BUCKET = "airflow-state-000000000000-us-east-1"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    copy = Checkout.make(tmp_path_factory.mktemp("branch"))
    copy.ops("local-aws", "start")
    yield copy
    copy.ops("local-aws", "stop")


@pytest.fixture(scope="module")
def deployed(checkout: Checkout) -> str:
    """The stack, and what deploying it said."""
    checkout.ops("new-branch", "one", "--from", "local", "--database", "mysql", "--days", "3")
    checkout.ops("bootstrap", "branch-one")
    return checkout.cdktf("deploy", "branch-one-platform", "--auto-approve").stdout


def tagged(checkout: Checkout, **tags: str) -> list[dict[str, Any]]:
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = checkout.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    return [one for page in pages for one in page["ResourceTagMappingList"]]


def listed(checkout: Checkout) -> dict[str, Any]:
    (one,) = json.loads(checkout.ops("branches", "--json", AWS_EC2_METADATA_DISABLED="true").stdout)
    return dict(one)


def test_it_has_a_container_for_a_database_and_no_nat(checkout: Checkout, deployed: str) -> None:
    ecs = checkout.client("ecs")
    (database,) = ecs.describe_services(cluster="airflow-branch-one", services=["database"])["services"]
    (container,) = ecs.describe_task_definition(taskDefinition=database["taskDefinition"])["taskDefinition"][
        "containerDefinitions"
    ]
    assert container["image"] == "public.ecr.aws/docker/library/mysql:8.4"
    assert checkout.client("rds").describe_db_instances()["DBInstances"] == []
    assert checkout.client("ec2").describe_nat_gateways()["NatGateways"] == []


def test_its_url_has_its_password(checkout: Checkout, deployed: str) -> None:
    secrets = checkout.client("secretsmanager")
    password, url = (
        secrets.get_secret_value(SecretId=f"airflow-branch-one/database-{what}")["SecretString"]
        for what in ("password", "url")
    )
    assert url.startswith(f"mysql+mysqldb://airflow:{password}@database.airflow-branch-one.internal:3306/airflow?")
    state = checkout.client("s3").get_object(Bucket=BUCKET, Key="branch-one/platform.tfstate")["Body"].read()
    assert password.encode() not in state


def test_everything_in_it_says_its_last_day(checkout: Checkout, deployed: str) -> None:
    own = tagged(checkout, Environment="branch-one")
    day = listed(checkout)["expires"]
    without = [one["ResourceARN"] for one in own if {"Key": "Expires", "Value": day} not in one["Tags"]]
    assert len(own) > 10
    assert without == []


def test_the_remote_state_has_no_last_day(checkout: Checkout, deployed: str) -> None:
    tags = checkout.client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    assert "Expires" not in {tag["Key"] for tag in tags}


def test_a_second_deploy_changes_nothing(checkout: Checkout, deployed: str) -> None:
    again = checkout.cdktf("deploy", "branch-one-platform", "--auto-approve").stdout
    assert "No changes. Your infrastructure matches the configuration." in again


def test_it_is_not_removed_while_it_is_deployed(checkout: Checkout, deployed: str) -> None:
    refused = checkout.ops("remove-branch", "one", code=1).stderr
    assert "branch-one is still deployed, branch-one/platform.tfstate" in refused
    assert "run `pipenv run cdktf destroy branch-one-platform` first" in refused
    assert (checkout.path / "environments/branch-one/platform.tfvars").is_file()


def test_its_name_is_taken_also_where_its_folder_is_not(checkout: Checkout, deployed: str) -> None:
    folder, aside = checkout.path / "environments/branch-one", checkout.path / "aside"
    folder.rename(aside)
    try:
        refused = checkout.ops("new-branch", "one", "--from", "local", code=1).stderr
        assert not folder.exists()
        elsewhere = listed(checkout)
    finally:
        aside.rename(folder)
    assert refused.startswith("error: somebody has deployed branch-one (branch-one/platform.tfstate)")
    assert (elsewhere["environment"], elsewhere["here"]) == ("branch-one", False)
    assert elsewhere["resources"] == listed(checkout)["resources"] > 100


def test_destroyed_it_leaves_nothing_and_may_be_removed(checkout: Checkout, deployed: str) -> None:
    checkout.cdktf("destroy", "branch-one-platform", "--auto-approve")
    left = [one["ResourceARN"] for one in tagged(checkout, Environment="branch-one")]
    assert [arn for arn in left if not inactive(checkout, arn)] == []
    assert checkout.client("secretsmanager").list_secrets()["SecretList"] == []
    assert checkout.client("efs").describe_file_systems()["FileSystems"] == []
    checkout.ops("remove-branch", "one")
    assert not (checkout.path / "environments/branch-one").exists()
    assert json.loads(checkout.ops("branches", "--json").stdout) == []
