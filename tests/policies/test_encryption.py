"""Policies for encryption, of stored data and of connections."""

from collections.abc import Iterator, Mapping

import pytest

from tests.policies.policy import Policy, bucket_companions, buckets, each, findings, listed, made_of, statements
from tests.synthesised import Args, Synthesised


def storage_is_encrypted(stack: Synthesised) -> Iterator[str]:
    for kind, flag in (
        ("aws_db_instance", "storage_encrypted"),
        ("aws_rds_cluster", "storage_encrypted"),
        ("aws_efs_file_system", "encrypted"),
    ):
        for address, args in each(stack, kind):
            if args.get(flag) is not True:
                yield f"{address} is not"
    for address, table in each(stack, "aws_dynamodb_table"):
        if table.get("server_side_encryption", {}).get("enabled") is not True:
            yield f"{address} is not"
    for address, repository in each(stack, "aws_ecr_repository"):
        if not repository.get("encryption_configuration"):
            yield f"{address} is not"


def buckets_are_encrypted(stack: Synthesised) -> Iterator[str]:
    companions = bucket_companions(stack, "aws_s3_bucket_server_side_encryption_configuration")
    for bucket in buckets(stack):
        rules = companions.get(bucket, {}).get("rule", [])
        if not any(rule.get("apply_server_side_encryption_by_default", {}).get("sse_algorithm") for rule in rules):
            yield f"{bucket} is not"


def plain_http_is_refused(stack: Synthesised) -> Iterator[str]:
    for kind, store in (
        ("aws_s3_bucket_policy", "aws_s3_bucket"),
        ("aws_efs_file_system_policy", "aws_efs_file_system"),
    ):
        refusing = {
            where.removesuffix(".policy")
            for where, one in statements(stack)
            if where.startswith(f"{kind}.")
            and (one["Effect"], one.get("Principal")) == ("Deny", "*")
            and one.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            and (kind != "aws_s3_bucket_policy" or (one["Action"] == ["s3:*"] and len(listed(one["Resource"])) == 2))
        }
        attribute = "bucket" if kind == "aws_s3_bucket_policy" else "file_system_id"
        guarded = {args[attribute] for address, args in each(stack, kind) if address in refusing}
        for address, _ in each(stack, store):
            if f"${{{address}.id}}" not in guarded:
                yield f"{address} accepts it"


def databases_accept_tls_only(stack: Synthesised) -> Iterator[str]:
    for kind, group, attribute in (
        ("aws_db_instance", "aws_db_parameter_group", "parameter_group_name"),
        ("aws_rds_cluster", "aws_rds_cluster_parameter_group", "db_cluster_parameter_group_name"),
    ):
        forcing = {
            f"${{{address}.name}}"
            for address, args in each(stack, group)
            if {"name": "rds.force_ssl", "value": "1"}.items()
            <= {k: v for p in args["parameter"] for k, v in p.items()}.items()
        }
        for address, args in each(stack, kind):
            if args.get(attribute) not in forcing:
                yield f"{address} accepts plain connections"


def file_systems_are_mounted_with_tls_and_iam(stack: Synthesised) -> Iterator[str]:
    for address, task in each(stack, "aws_ecs_task_definition"):
        for volume in task.get("volume", []):
            mount = volume.get("efs_volume_configuration", {})
            if mount and (mount.get("transit_encryption"), mount["authorization_config"]["iam"]) != (
                "ENABLED",
                "ENABLED",
            ):
                yield f"{address} mounts {volume['name']} without"


def prod_serves_https_only(stack: Synthesised) -> Iterator[str]:
    if stack.tags["Environment"] != "prod":
        return
    for address, listener in each(stack, "aws_lb_listener"):
        redirects = all(action["type"] == "redirect" for action in listener["default_action"])
        modern = "TLS13" in listener.get("ssl_policy", "")
        if not (redirects or (listener["protocol"] == "HTTPS" and modern)):
            yield f"{address} serves {listener['protocol']} with {listener.get('ssl_policy')}"


POLICIES: list[Policy] = [
    storage_is_encrypted,
    buckets_are_encrypted,
    plain_http_is_refused,
    databases_accept_tls_only,
    file_systems_are_mounted_with_tls_and_iam,
    prod_serves_https_only,
]
LISTENER: Args = {"protocol": "HTTP", "default_action": [{"type": "forward"}]}
MOUNT: Args = {"efs_volume_configuration": {"authorization_config": {"iam": "ENABLED"}}, "name": "x"}
BAD: list[tuple[Policy, str, Args]] = [
    (storage_is_encrypted, "aws_db_instance", {"storage_encrypted": False}),
    (storage_is_encrypted, "aws_rds_cluster", {}),
    (storage_is_encrypted, "aws_efs_file_system", {}),
    (storage_is_encrypted, "aws_dynamodb_table", {}),
    (storage_is_encrypted, "aws_ecr_repository", {}),
    (buckets_are_encrypted, "aws_s3_bucket", {}),
    (plain_http_is_refused, "aws_s3_bucket", {}),
    (plain_http_is_refused, "aws_efs_file_system", {}),
    (databases_accept_tls_only, "aws_db_instance", {}),
    (databases_accept_tls_only, "aws_rds_cluster", {"db_cluster_parameter_group_name": "default"}),
    (file_systems_are_mounted_with_tls_and_iam, "aws_ecs_task_definition", {"volume": [MOUNT]}),
    (prod_serves_https_only, "aws_lb_listener", LISTENER),
    (
        prod_serves_https_only,
        "aws_lb_listener",
        LISTENER | {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-2016-08"},
    ),
]


@pytest.mark.parametrize("policy", POLICIES)
def test_policy(policy: Policy, every_kind: Mapping[str, Synthesised]) -> None:
    assert findings(policy, every_kind) == []


@pytest.mark.parametrize(("policy", "kind", "args"), BAD)
def test_the_policy_finds_what_is_wrong(policy: Policy, kind: str, args: Args) -> None:
    assert list(policy(made_of((kind, args), environment="prod")))
