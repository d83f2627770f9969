"""Policies for resources that hold data: retention, backups, protection against accidental deletion."""

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, bucket_companions, buckets, each, findings, made_of
from tests.synthesised import Args, Synthesised

DATABASES = ("aws_db_instance", "aws_rds_cluster")


def is_prod(stack: Synthesised) -> bool:
    return stack.tags["Environment"] == "prod"


def databases_are_backed_up(stack: Synthesised) -> Iterator[str]:
    for address, args in each(stack, *DATABASES):
        days = args.get("backup_retention_period", 0)
        if days < (7 if is_prod(stack) else 1):
            yield f"{address} keeps backups for {days} days"


def prod_databases_survive_the_loss_of_a_zone(stack: Synthesised) -> Iterator[str]:
    for address, args in each(stack, "aws_db_instance") if is_prod(stack) else ():
        if args.get("multi_az") is not True:
            yield f"{address} is in one zone"


def prod_data_cannot_be_destroyed(stack: Synthesised) -> Iterator[str]:
    if not is_prod(stack):
        return
    for address, args in each(stack, *DATABASES):
        if args.get("deletion_protection") is not True or args.get("skip_final_snapshot") is not False:
            yield f"{address} can be deleted, or has no final snapshot"
    for kind, flag in (("aws_s3_bucket", "force_destroy"), ("aws_ecr_repository", "force_delete")):
        for address, args in each(stack, kind):
            if args.get(flag):
                yield f"{address} sets {flag}"
    for address, args in each(stack, "aws_secretsmanager_secret"):
        if args.get("recovery_window_in_days", 30) < 7:
            yield f"{address} can be recovered for less than 7 days"
    for address, args in each(stack, "aws_efs_backup_policy"):
        if args["backup_policy"]["status"] != "ENABLED":
            yield f"{address} is {args['backup_policy']['status']}"


def a_final_snapshot_has_a_name(stack: Synthesised) -> Iterator[str]:
    for address, args in each(stack, *DATABASES):
        if not args.get("skip_final_snapshot") and not args.get("final_snapshot_identifier"):
            yield f"{address} has none: destroy would fail"


def buckets_are_versioned(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_versioning")
    for bucket in buckets(stack):
        if companions.get(bucket, {}).get("versioning_configuration", {}).get("status") != "Enabled":
            yield f"{bucket} is not"


def old_object_versions_and_unfinished_uploads_expire(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_lifecycle_configuration")
    for bucket in buckets(stack):
        rules = [rule for rule in companions.get(bucket, {}).get("rule", []) if rule["status"] == "Enabled"]
        for part in ("noncurrent_version_expiration", "abort_incomplete_multipart_upload"):
            if not any(rule.get(part) for rule in rules):
                yield f"{bucket} has no {part}"


def old_images_expire(stack: Synthesised) -> Iterator[str]:
    cleaned = {args["repository"] for _, args in each(stack, "aws_ecr_lifecycle_policy") if json.loads(args["policy"])}
    for address, _ in each(stack, "aws_ecr_repository"):
        if f"${{{address}.name}}" not in cleaned:
            yield f"{address} keeps them"


POLICIES: list[Policy] = [
    databases_are_backed_up,
    prod_databases_survive_the_loss_of_a_zone,
    prod_data_cannot_be_destroyed,
    a_final_snapshot_has_a_name,
    buckets_are_versioned,
    old_object_versions_and_unfinished_uploads_expire,
    old_images_expire,
]
BAD: list[tuple[Policy, str, Args]] = [
    (databases_are_backed_up, "aws_db_instance", {"backup_retention_period": 6}),
    (databases_are_backed_up, "aws_rds_cluster", {}),
    (prod_databases_survive_the_loss_of_a_zone, "aws_db_instance", {"multi_az": False}),
    (prod_data_cannot_be_destroyed, "aws_db_instance", {"deletion_protection": False, "skip_final_snapshot": False}),
    (prod_data_cannot_be_destroyed, "aws_rds_cluster", {"deletion_protection": True, "skip_final_snapshot": True}),
    (prod_data_cannot_be_destroyed, "aws_s3_bucket", {"force_destroy": True}),
    (prod_data_cannot_be_destroyed, "aws_ecr_repository", {"force_delete": True}),
    (prod_data_cannot_be_destroyed, "aws_secretsmanager_secret", {"recovery_window_in_days": 0}),
    (prod_data_cannot_be_destroyed, "aws_efs_backup_policy", {"backup_policy": {"status": "DISABLED"}}),
    (a_final_snapshot_has_a_name, "aws_db_instance", {"skip_final_snapshot": False}),
    (buckets_are_versioned, "aws_s3_bucket", {}),
    (old_object_versions_and_unfinished_uploads_expire, "aws_s3_bucket", {}),
    (old_images_expire, "aws_ecr_repository", {}),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args), environment="prod")))
