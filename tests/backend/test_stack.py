from functools import cache

import pytest
from cdktf import App

from backend.stack import StateBackend
from backend.stack_id import BackendId
from modules.stack_id import StackId
from tests.synthesised import Args, Synthesised, statements_of, synthesise
from tests.variants import platform_config

PROJECTS = [
    StackId("dev", module, name) for name in ("weather", "weather-2") for module in ("infrastructure", "workflows")
]
BUCKET, TABLE = "airflow-state-111111111111-us-east-1", "airflow-state-lock"


@cache
def backend(*, removable: bool = False) -> Synthesised:
    def build(app: App) -> None:
        StateBackend(app, platform_config(), projects=PROJECTS, removable=removable)

    (stack,) = synthesise(build).values()
    return stack


def test_it_has_no_expiry_tag() -> None:
    def build(app: App) -> None:
        StateBackend(app, platform_config(expires="2027-01-31"), projects=[])

    (stack,) = synthesise(build).values()
    assert "Expires" not in stack.tags
    assert stack.tags["Owner"] == "platform-team@example.org"


def permissions(project: str) -> dict[str, Args]:
    return statements_of(
        backend().resources("aws_iam_policy")[f"developers__dev_{project.replace('-', '_')}"]["policy"]
    )


def test_its_name_has_account_and_region_and_its_state_is_in_its_own_bucket() -> None:
    assert BackendId.of(platform_config()).name == backend().name == "backend-111111111111-us-east-1"
    assert backend().state["key"] == "backend.tfstate"
    assert backend().state["bucket"] == backend().only("aws_s3_bucket")["bucket"] == BUCKET
    assert backend().state["dynamodb_table"] == backend().only("aws_dynamodb_table")["name"] == TABLE


def test_the_table_has_the_key_that_terraform_locks_with() -> None:
    table = backend().only("aws_dynamodb_table")
    assert table["hash_key"] == "LockID"
    assert table["attribute"] == [{"name": "LockID", "type": "S"}]
    assert table["point_in_time_recovery"]["enabled"] is True


@pytest.mark.parametrize("kind", ["aws_s3_bucket", "aws_dynamodb_table"])
def test_plans_cannot_destroy_bucket_and_table_unless_they_are_removable(kind: str) -> None:
    assert backend().only(kind)["lifecycle"] == {"prevent_destroy": True}
    assert "lifecycle" not in backend(removable=True).only(kind)


@pytest.mark.parametrize("removable", [True, False])
def test_aws_protects_bucket_and_table_unless_they_are_removable(removable: bool) -> None:
    stack = backend(removable=removable)
    assert stack.only("aws_s3_bucket")["force_destroy"] is removable
    assert stack.only("aws_dynamodb_table")["deletion_protection_enabled"] is not removable


def test_old_versions_of_a_state_expire_after_a_year_and_current_ones_never() -> None:
    (rule,) = backend().only("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 365}]
    assert "expiration" not in rule


def test_bucket_and_table_that_bootstrap_created_are_imported() -> None:
    assert {(one["to"], one["id"]) for one in backend().document["import"]} == {
        ("aws_s3_bucket.state", BUCKET),
        ("aws_dynamodb_table.lock", TABLE),
    }


@pytest.mark.parametrize("project", ["weather", "weather-2"])
def test_a_projects_developers_can_access_only_its_states(project: str) -> None:
    keys = {f"dev/{project}/{module}.tfstate" for module in ("infrastructure", "workflows")}
    granted = permissions(project)
    arn = f"arn:aws:s3:::{BUCKET}"
    assert set(granted["ReadAndWriteOwnState"]["Resource"]) == {
        f"{arn}/{key}{end}" for key in keys for end in ("", ".tflock")
    }
    assert set(granted["ReleaseOwnLock"]["Resource"]) == {f"{arn}/{key}.tflock" for key in keys}
    rows = granted["LockOwnState"]["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    assert set(rows) == {f"{BUCKET}/{key}{end}" for key in keys for end in ("", "-md5")}
    assert granted["FindOwnState"]["Condition"] == {"StringLike": {"s3:prefix": f"dev/{project}/*"}}


def test_a_projects_developers_can_neither_delete_nor_read_old_versions_of_a_state() -> None:
    assert {action for one in permissions("weather").values() for action in one["Action"]} == {
        *(f"s3:{action}" for action in ("ListBucket", "GetObject", "PutObject", "DeleteObject")),
        *(f"dynamodb:{action}Item" for action in ("Get", "Put", "Delete")),
        "dynamodb:DescribeTable",
        *("ssm:GetParameter", "ssm:GetParameters"),
    }


def test_a_projects_developers_can_read_the_contract_of_its_platform() -> None:
    assert permissions("weather")["ReadContract"]["Resource"] == [
        "arn:aws:ssm:us-east-1:111111111111:parameter/airflow-dev/platform"
    ]
