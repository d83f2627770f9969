"""The contents of the state bucket: outputs and resources of every stack, and what it reads of others."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from backend.digests import RESOURCE_TYPE
from ops.account import Account, account_of
from ops.errors import OpsError
from ops.stacks.selection import StackRef

# As many connections as a boto3 client keeps open.
REQUESTS = 10
Result = TypeVar("Result")


@dataclass(frozen=True)
class State:
    """One state object."""

    key: str
    resources: int
    outputs: Mapping[str, Any]
    sensitive: frozenset[str] = frozenset()
    """Names of outputs that are not printed."""
    addresses: frozenset[str] = frozenset()
    published: Mapping[str, str] = field(default_factory=dict)
    """The SSM parameters that the stack wrote, by name."""
    read: Mapping[str, str] = field(default_factory=dict)
    """The SSM parameters that it read, with their values at that time."""
    configuration: str | None = None
    """The digest of the configuration that was last deployed completely; None before the first."""


def read_states(account: Account, keys: Iterable[str] | None = None) -> list[State]:
    """Return every state in the account's bucket, or the existing states among ``keys``; none if there is no bucket.

    Without ``keys`` the bucket is listed, which a project's developers may not.
    """
    s3, bucket = account.client("s3"), account.config.state_bucket

    def read(key: str) -> State | None:
        try:
            return _state(key, json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
        except (s3.exceptions.NoSuchKey, s3.exceptions.NoSuchBucket):
            return None

    if keys is None:
        if not account.has_state_bucket():
            return []
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = (entry["Key"] for page in pages for entry in page.get("Contents", []))
        keys = (key for key in keys if key.endswith(".tfstate"))
    return [state for state in _concurrently(read, sorted(keys)) if state]


def accounts_of(stacks: Iterable[StackRef]) -> dict[str, Account]:
    """Return the accounts of the stacks by state bucket; raises OpsError for an account without credentials."""
    accounts: dict[str, Account] = {}
    for stack in stacks:
        if stack.bucket not in accounts:
            accounts[stack.bucket] = account = account_of(stack.account)
            account.check()
    return accounts


def check_bootstrapped(accounts: Mapping[str, Account], key: str = "") -> None:
    """Raise OpsError for an account without a remote state. A project's developers may only list a ``key`` of their own."""
    for account in accounts.values():
        if not account.has_state_bucket(key):
            raise OpsError(
                f"the remote state of account {account.config.account_id} in {account.config.region} does not exist yet: "
                "run `pipenv run ops bootstrap <environment>`"
            )


def deployable_accounts(stacks: Iterable[StackRef]) -> dict[str, Account]:
    """Return the accounts of the stacks by state bucket; raises OpsError without credentials or remote state."""
    first = {stack.bucket: stack for stack in reversed(list(stacks))}
    accounts = accounts_of(first.values())
    for bucket, account in accounts.items():
        check_bootstrapped({bucket: account}, first[bucket].state_key)
    return accounts


def check_digests(account: Account, keys: Iterable[str]) -> None:
    """Raise OpsError for a state without a digest in the lock table.

    Terraform compares the two and so detects a state that was rolled back, but it continues if there is no digest.
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
                f"s3://{config.state_bucket}/{key} has no digest in the table {config.lock_table}, so it is unknown "
                "whether it is the newest state: see docs/how-to/state.md"
            )

    _concurrently(check, list(keys))


def _concurrently(work: Callable[[str], Result], keys: Sequence[str]) -> list[Result]:
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
        frozenset(name for name, output in body.get("outputs", {}).items() if output.get("sensitive")),
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
