"""What holds data: kept, backed up, and not lost by accident."""

import json
from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, bucket_companions, buckets, findings, made_of
from tests.synthesised import Args, Synthesised

DATABASES = ("aws_db_instance", "aws_rds_cluster")


def is_prod(stack: Synthesised) -> bool:
    return stack.tags["Environment"] == "prod"


def databases(stack: Synthesised) -> Iterator[tuple[str, Args]]:
    for kind in DATABASES:
        for id, args in stack.resources(kind).items():
            yield f"{kind}.{id}", args


def databases_are_backed_up(stack: Synthesised) -> Iterator[str]:
    for id, args in databases(stack):
        if args.get("backup_retention_period", 0) < (7 if is_prod(stack) else 1):
            yield f"{id} for {args.get('backup_retention_period', 0)} days"


def prod_databases_survive_a_zone(stack: Synthesised) -> Iterator[str]:
    for id, args in stack.resources("aws_db_instance").items() if is_prod(stack) else ():
        if args.get("multi_az") is not True:
            yield f"{id} does not"


def prod_data_cannot_be_destroyed(stack: Synthesised) -> Iterator[str]:
    if not is_prod(stack):
        return
    for id, args in databases(stack):
        if args.get("deletion_protection") is not True or args.get("skip_final_snapshot") is not False:
            yield f"{id} can"
    for kind, flag in (("aws_s3_bucket", "force_destroy"), ("aws_ecr_repository", "force_delete")):
        for id, args in stack.resources(kind).items():
            if args.get(flag):
                yield f"{kind}.{id} can"
    for id, args in stack.resources("aws_secretsmanager_secret").items():
        if args.get("recovery_window_in_days", 30) < 7:
            yield f"aws_secretsmanager_secret.{id} can"
    for id, args in stack.resources("aws_efs_backup_policy").items():
        if args["backup_policy"]["status"] != "ENABLED":
            yield f"{id} is off"


def a_final_snapshot_has_a_name(stack: Synthesised) -> Iterator[str]:
    for id, args in databases(stack):
        if not args.get("skip_final_snapshot") and not args.get("final_snapshot_identifier"):
            yield f"{id} has none: destroy would fail"


def buckets_keep_what_is_overwritten(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_versioning")
    for bucket in buckets(stack):
        if companions.get(bucket, {}).get("versioning_configuration", {}).get("status") != "Enabled":
            yield f"{bucket} does not"


def buckets_are_cleaned_up(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_lifecycle_configuration")
    for bucket in buckets(stack):
        rules = [rule for rule in companions.get(bucket, {}).get("rule", []) if rule["status"] == "Enabled"]
        for part in ("noncurrent_version_expiration", "abort_incomplete_multipart_upload"):
            if not any(rule.get(part) for rule in rules):
                yield f"{bucket} has no {part}"


def images_are_cleaned_up(stack: Synthesised) -> Iterator[str]:
    cleaned = {
        args["repository"]
        for args in stack.resources("aws_ecr_lifecycle_policy").values()
        if json.loads(args["policy"])
    }
    for id in stack.resources("aws_ecr_repository"):
        if f"${{aws_ecr_repository.{id}.name}}" not in cleaned:
            yield f"those of {id} are not"


POLICIES: list[Policy] = [
    databases_are_backed_up,
    prod_databases_survive_a_zone,
    prod_data_cannot_be_destroyed,
    a_final_snapshot_has_a_name,
    buckets_keep_what_is_overwritten,
    buckets_are_cleaned_up,
    images_are_cleaned_up,
]
BAD: list[tuple[Policy, str, Args]] = [
    (databases_are_backed_up, "aws_db_instance", {"backup_retention_period": 6}),
    (databases_are_backed_up, "aws_rds_cluster", {}),
    (prod_databases_survive_a_zone, "aws_db_instance", {"multi_az": False}),
    (prod_data_cannot_be_destroyed, "aws_db_instance", {"deletion_protection": False, "skip_final_snapshot": False}),
    (prod_data_cannot_be_destroyed, "aws_rds_cluster", {"deletion_protection": True, "skip_final_snapshot": True}),
    (prod_data_cannot_be_destroyed, "aws_s3_bucket", {"force_destroy": True}),
    (prod_data_cannot_be_destroyed, "aws_ecr_repository", {"force_delete": True}),
    (prod_data_cannot_be_destroyed, "aws_secretsmanager_secret", {"recovery_window_in_days": 0}),
    (prod_data_cannot_be_destroyed, "aws_efs_backup_policy", {"backup_policy": {"status": "DISABLED"}}),
    (a_final_snapshot_has_a_name, "aws_db_instance", {"skip_final_snapshot": False}),
    (buckets_keep_what_is_overwritten, "aws_s3_bucket", {}),
    (buckets_are_cleaned_up, "aws_s3_bucket", {}),
    (images_are_cleaned_up, "aws_ecr_repository", {}),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args), environment="prod")))
