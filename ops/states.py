"""What the state bucket knows: every stack's outputs and how many resources it holds."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ops.account import Account
from ops.errors import OpsError


@dataclass(frozen=True)
class State:
    """One state object."""

    key: str
    resources: int
    outputs: dict[str, Any]


def states(account: Account) -> list[State]:
    """Every state in the account's bucket, by key; empty where there is no bucket."""
    s3, bucket = account.client("s3"), account.config.state_bucket
    if not account.has_state_bucket():
        return []
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", []) if entry["Key"].endswith(".tfstate")]
    return [_state(key, json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())) for key in sorted(keys)]


def check_digests(account: Account, keys: Iterable[str]) -> None:
    """Raises OpsError for a state without a digest in the lock table.

    Terraform compares the two, and so notices a state that was rolled back; but where there is no digest it goes on.
    """
    s3, dynamodb, config = account.client("s3"), account.client("dynamodb"), account.config
    for key in keys:
        if s3.list_objects_v2(Bucket=config.state_bucket, Prefix=key).get("Contents", [{}])[0].get("Key") != key:
            continue  # nothing deployed yet
        row = dynamodb.get_item(
            TableName=config.lock_table, Key={"LockID": {"S": f"{config.state_bucket}/{key}-md5"}}, ConsistentRead=True
        )
        if "Item" not in row:
            raise OpsError(
                f"s3://{config.state_bucket}/{key} has no digest in the table {config.lock_table}, so nothing tells whether "
                "it is the newest state: see docs/how-to/state.md"
            )


def _state(key: str, body: dict[str, Any]) -> State:
    managed = [one for one in body.get("resources", []) if one["mode"] == "managed"]
    outputs = {name: output["value"] for name, output in body.get("outputs", {}).items()}
    return State(key, sum(len(one["instances"]) for one in managed), outputs)
