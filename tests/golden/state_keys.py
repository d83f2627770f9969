"""Bucket and key of the state of every stack.

A changed key starts an empty state: the next deploy would create everything again and forget the existing resources.
If a stack vanishes, its resources keep running, and no command reads their state.

To change a key deliberately, move the state first (`terraform init -migrate-state` in the stack's folder), then record
the new key with `python -m tests.golden`, and have the change of state_keys.json reviewed.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from backend.stack_id import BackendId
from configuration.environment import Environment, backends
from modules.account import AccountConfig
from modules.stack_id import StackId

FILE = Path(__file__).parent / "state_keys.json"
Place = dict[str, str]


def written_down() -> dict[str, Place]:
    """Return the recorded bucket and key of every stack, by the stack's name."""
    places: dict[str, Place] = json.loads(FILE.read_text())
    return places


def now(environments: Mapping[str, Environment]) -> dict[str, Place]:
    """Return the bucket and key that the code computes for every stack, by the stack's name."""
    stacks: list[tuple[StackId, AccountConfig]] = [
        *((id, environment.platform) for environment in environments.values() for id in environment.stack_ids()),
        *((BackendId.of(account), account) for account, _ in backends(environments)),
    ]
    return {id.name: {"bucket": account.state_bucket, "key": id.state_key} for id, account in stacks}


def write(environments: Mapping[str, Environment]) -> None:
    """Record the computed buckets and keys."""
    FILE.write_text(json.dumps(now(environments), indent=2, sort_keys=True) + "\n")
