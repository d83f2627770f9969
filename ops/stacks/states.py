"""What the state bucket knows of every stack: its outputs, its resources, and what it reads of others."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from backend.digests import RESOURCE_TYPE
from ops.account import Account
from ops.errors import OpsError

# At once: as many connections as a boto3 client keeps open.
REQUESTS = 10
Result = TypeVar("Result")


@dataclass(frozen=True)
class State:
    """One state object."""

    key: str
    resources: int
    outputs: Mapping[str, Any]
    addresses: frozenset[str] = frozenset()
    published: Mapping[str, str] = field(default_factory=dict)
    """The SSM parameters that the stack wrote, by name."""
    read: Mapping[str, str] = field(default_factory=dict)
    """The SSM parameters that it read, as they were then."""
    configuration: str | None = None
    """The digest of the configuration that was last deployed whole; None before there was one."""


def states(account: Account, keys: Iterable[str] | None = None) -> list[State]:
    """The states in the account's bucket, all or those of ``keys`` that are there; empty where there is no bucket."""
    s3, bucket = account.client("s3"), account.config.state_bucket
    if not account.has_state_bucket():
        return []
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    there = {entry["Key"] for page in pages for entry in page.get("Contents", [])}
    wanted = sorted(
        there.intersection(keys) if keys is not None else (key for key in there if key.endswith(".tfstate"))
    )
    return _at_once(lambda key: _state(key, json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())), wanted)


def check_digests(account: Account, keys: Iterable[str]) -> None:
    """Raises OpsError for a state without a digest in the lock table.

    Terraform compares the two, and so notices a state that was rolled back; but where there is no digest it goes on.
    """
    s3, dynamodb, config = account.client("s3"), account.client("dynamodb"), account.config

    def check(key: str) -> None:
        # Listed by its own prefix: a project's developers may list no other.
        if s3.list_objects_v2(Bucket=config.state_bucket, Prefix=key).get("Contents", [{}])[0].get("Key") != key:
            return  # nothing deployed yet
        row = dynamodb.get_item(
            TableName=config.lock_table, Key={"LockID": {"S": f"{config.state_bucket}/{key}-md5"}}, ConsistentRead=True
        )
        if "Item" not in row:
            raise OpsError(
                f"s3://{config.state_bucket}/{key} has no digest in the table {config.lock_table}, so nothing tells whether "
                "it is the newest state: see docs/how-to/state.md"
            )

    _at_once(check, list(keys))


def _at_once(work: Callable[[str], Result], keys: list[str]) -> list[Result]:
    with ThreadPoolExecutor(max_workers=REQUESTS) as pool:
        return list(pool.map(work, keys))


def _state(key: str, body: dict[str, Any]) -> State:
    resources = body.get("resources", [])
    managed = [one for one in resources if one["mode"] == "managed" and one["type"] != RESOURCE_TYPE]
    digests = [
        one["instances"][0]["attributes"]["output"]["value"] for one in resources if one["type"] == RESOURCE_TYPE
    ]
    return State(
        key,
        sum(len(one["instances"]) for one in managed),
        {name: output["value"] for name, output in body.get("outputs", {}).items()},
        frozenset(f"{one['type']}.{one['name']}" for one in managed),
        _parameters(managed),
        _parameters([one for one in resources if one["mode"] == "data"]),
        digests[0] if digests else None,
    )


def _parameters(resources: Iterable[dict[str, Any]]) -> dict[str, str]:
    found = [
        one["attributes"] for each in resources if each["type"] == "aws_ssm_parameter" for one in each["instances"]
    ]
    return {attributes["name"]: attributes.get("insecure_value") or "" for attributes in found}
