"""Permissions of a project's developers on its state."""

from collections.abc import Sequence

from modules.iam import Statement


def find_own_state(bucket_arn: str, environment: str, project: str) -> Statement:
    """List the state keys of one project.

    Terraform also lists its workspaces, below ``env:/``, and continues if access is denied:
    https://github.com/hashicorp/terraform/pull/34511
    """
    return Statement(
        "FindOwnState",
        ["s3:ListBucket"],
        [bucket_arn],
        conditions={"StringLike": {"s3:prefix": f"{environment}/{project}/*"}},
    )


def read_and_write_own_state(bucket_arn: str, keys: Sequence[str]) -> Statement:
    """Read and write the current state, not its old versions: they may contain values that were removed since."""
    objects = [f"{bucket_arn}/{key}{suffix}" for key in keys for suffix in ("", ".tflock")]
    return Statement("ReadAndWriteOwnState", ["s3:GetObject", "s3:PutObject"], objects)


def release_own_lock(bucket_arn: str, keys: Sequence[str]) -> Statement:
    """Delete the lock file, but not the state."""
    return Statement("ReleaseOwnLock", ["s3:DeleteObject"], [f"{bucket_arn}/{key}.tflock" for key in keys])


def lock_own_state(table_arn: str, bucket: str, keys: Sequence[str]) -> Statement:
    """Take the lock and store the digest of the project's states: only the rows of these keys."""
    rows = [f"{bucket}/{key}{suffix}" for key in keys for suffix in ("", "-md5")]
    return Statement(
        "LockOwnState",
        ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
        [table_arn],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": rows}},
    )


def read_contract(parameter_arn: str) -> Statement:
    """Read the document that the platform publishes for projects."""
    return Statement("ReadContract", ["ssm:GetParameter", "ssm:GetParameters"], [parameter_arn])
