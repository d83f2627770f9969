"""What the state bucket knows: every stack's outputs and how many resources it holds."""

import json
from dataclasses import dataclass
from typing import Any

from ops.account import Account


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


def _state(key: str, body: dict[str, Any]) -> State:
    managed = [one for one in body.get("resources", []) if one["mode"] == "managed"]
    outputs = {name: output["value"] for name, output in body.get("outputs", {}).items()}
    return State(key, sum(len(one["instances"]) for one in managed), outputs)
