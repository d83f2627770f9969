"""Where the state of every shipped stack lies.

A changed key starts an empty state: the next deploy would make everything a second time, and forget what is there.
A stack that vanishes leaves its resources running, and no state that is asked about them.

To change one deliberately: move the state first (`terraform init -migrate-state` in the stack's folder), then write
the new place down with `python -m tests.golden`, and let the change of state_keys.json be reviewed.
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
    """Stack name -> bucket and key, as agreed."""
    places: dict[str, Place] = json.loads(FILE.read_text())
    return places


def now(environments: Mapping[str, Environment]) -> dict[str, Place]:
    """Stack name -> bucket and key, as the code has it."""
    stacks: list[tuple[StackId, AccountConfig]] = [
        *((id, environment.platform) for environment in environments.values() for id in environment.stack_ids()),
        *((BackendId.of(account), account) for account, _ in backends(environments)),
    ]
    return {id.name: {"bucket": account.state_bucket, "key": id.state_key} for id, account in stacks}


def write(environments: Mapping[str, Environment]) -> None:
    """Makes what is the case what is agreed."""
    FILE.write_text(json.dumps(now(environments), indent=2, sort_keys=True) + "\n")
