import pytest
from cdktf import App

from modules.bucket import Bucket, list_objects, read_objects, write_objects
from modules.stack import Stack
from modules.stack_id import StackId
from tests.synthesised import Synthesised, statements_of, synthesise
from tests.variants import platform_config


def made(*, protected: bool = True, expire_days: int | None = None, partition: str = "aws") -> Synthesised:
    def build(app: App) -> None:
        stack = Stack(app, StackId("test", "platform"), platform_config())
        Bucket(
            stack, "b", name="airflow-test-b", partition=partition, protected=protected, noncurrent_days=9,
            expire_days=expire_days,
        )  # fmt: skip

    return synthesise(build)["test-platform"]


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_bucket_is_not_destroyed_with_its_objects(protected: bool) -> None:
    assert made(protected=protected).only("aws_s3_bucket")["force_destroy"] is not protected


@pytest.mark.parametrize(("days", "expiration"), [(None, None), (30, [{"days": 30}])])
def test_objects_expire_only_if_days_are_configured(days: int | None, expiration: object) -> None:
    (rule,) = made(expire_days=days).only("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule.get("expiration") == expiration
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 9}]


def test_lifecycle_rules_wait_for_versioning() -> None:
    assert made().only("aws_s3_bucket_lifecycle_configuration")["depends_on"] == ["aws_s3_bucket_versioning.b_versions"]


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_the_bucket_and_its_objects_refuse_plain_http(partition: str) -> None:
    statement = statements_of(made(partition=partition).only("aws_s3_bucket_policy")["policy"])["TlsOnly"]
    assert statement["Resource"] == [f"arn:{partition}:s3:::airflow-test-b", f"arn:{partition}:s3:::airflow-test-b/*"]


def test_permissions_are_limited_to_a_prefix() -> None:
    assert read_objects("b", "p/").resources == ["b/p/*"]
    assert write_objects("b", "p/").resources == ["b/p/*"]
    assert list_objects("b", "p/").conditions == {"StringLike": {"s3:prefix": "p/*"}}
    assert list_objects("b").conditions == {}


def test_the_right_to_write_objects_excludes_deleting_old_versions() -> None:
    assert "s3:DeleteObject" in write_objects("b").actions
    assert "s3:DeleteObjectVersion" not in write_objects("b").actions
