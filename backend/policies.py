"""IAM statements for the developers of a project: access to the state of their project only."""

from collections.abc import Sequence

from modules.iam import Statement


def find_own_state(bucket_arn: str, environment: str, project: str) -> Statement:
    """List the keys of one project only.

    Terraform lists its workspaces too, below ``env:/``, and continues if it is denied:
    https://github.com/hashicorp/terraform/pull/34511
    """
    return Statement(
        "FindOwnState",
        ["s3:ListBucket"],
        [bucket_arn],
        conditions={"StringLike": {"s3:prefix": f"{environment}/{project}/*"}},
    )


def read_and_write_own_state(bucket_arn: str, keys: Sequence[str]) -> Statement:
    """Read and write the current state, without old versions, which may contain values that were removed since."""
    objects = [f"{bucket_arn}/{key}{suffix}" for key in keys for suffix in ("", ".tflock")]
    return Statement("ReadAndWriteOwnState", ["s3:GetObject", "s3:PutObject"], objects)


def release_own_lock(bucket_arn: str, keys: Sequence[str]) -> Statement:
    """Delete the lock file; no statement allows deleting a state."""
    return Statement("ReleaseOwnLock", ["s3:DeleteObject"], [f"{bucket_arn}/{key}.tflock" for key in keys])


def lock_own_state(table_arn: str, bucket: str, keys: Sequence[str]) -> Statement:
    """Take the lock and write the digest of the project's own states: the rows of those keys only."""
    rows = [f"{bucket}/{key}{suffix}" for key in keys for suffix in ("", "-md5")]
    return Statement(
        "LockOwnState",
        ["dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
        [table_arn],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": rows}},
    )


def read_contract(parameter_arn: str) -> Statement:
    """Read the contract that the platform publishes for projects."""
    return Statement("ReadContract", ["ssm:GetParameter", "ssm:GetParameters"], [parameter_arn])
