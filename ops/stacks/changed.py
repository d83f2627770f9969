"""Differences between the configuration and what is deployed, read from the states: no plan is made.

That costs a synthesis, and one small object of S3 for each stack: `python -m benchmarks.changed` measures it. Changes that
were made in AWS by hand are not found; `cdktf diff` finds them.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.digests import read_digest, resource_addresses
from ops.account import Account
from ops.stacks.selection import StackRef
from ops.stacks.states import State, read_states

# A state by its bucket and key: one account may hold several environments, and one command several accounts.
StatesByKey = dict[tuple[str, str], State]
Kind = Literal["new", "changed", "gone"]


@dataclass(frozen=True)
class Difference:
    """A stack that is not deployed as it is configured."""

    stack: str
    state: str
    what: Kind
    why: str


@dataclass(frozen=True)
class Snapshot:
    """The synthesised stacks, and the states that were deployed."""

    stacks: list[StackRef]
    accounts: Mapping[str, Account]
    """By state bucket."""
    folders: Mapping[str, Path]
    """The synthesised folder of each stack."""
    states: StatesByKey

    @classmethod
    def read(cls, stacks: list[StackRef], accounts: Mapping[str, Account], folders: Mapping[str, Path]) -> "Snapshot":
        """Read every state of the accounts."""
        return cls(stacks, accounts, folders, known_states(accounts))

    def differences(self) -> list[Difference]:
        """Return the stacks that are new or changed."""
        return differences(self.stacks, self.folders, self.states)

    def differs(self, stack: StackRef) -> bool:
        """True if the stack is new or changed; after a deploy of its bases, it may be because of what it reads of them."""
        return bool(differences([stack], self.folders, self.states))

    def reread(self, stack: StackRef) -> str:
        """Read the state of a stack after its deploy; return an error text, or an empty one."""
        try:
            found = read_states(self.accounts[stack.bucket], [stack.state_key])
        except Exception as error:  # whether what builds on it is up to date cannot be determined
            return f"it is deployed, but its state cannot be read again: {' '.join(str(error).split())}"
        self.states.update({(stack.bucket, state.key): state for state in found})
        return ""


def known_states(accounts: Mapping[str, Account]) -> StatesByKey:
    """Return every state of the accounts."""
    return {(bucket, state.key): state for bucket, account in accounts.items() for state in read_states(account)}


def differences(stacks: Iterable[StackRef], folders: Mapping[str, Path], states: StatesByKey) -> list[Difference]:
    """Return the stacks that are new or changed, in their order."""
    published = {(bucket, name): text for (bucket, _), one in states.items() for name, text in one.published.items()}
    found = []
    for stack in stacks:
        state = states.get((stack.bucket, stack.state_key))
        if state is None or not state.resources:
            found.append(Difference(stack.name, stack.state_key, "new", "nothing is deployed"))
        elif why := _why(
            state, folders[stack.name], {name: published.get((stack.bucket, name)) for name in state.read}
        ):
            found.append(Difference(stack.name, stack.state_key, "changed", why))
    return found


def gone(stacks: Iterable[StackRef], states: StatesByKey, environment: str | None = None) -> list[Difference]:
    """Return states that hold resources and have no file: it was deleted, or is in another repository."""
    stacks = list(stacks)
    ours = {(stack.bucket, stack.state_key) for stack in stacks}
    buckets = {stack.bucket for stack in stacks}
    return [
        Difference(
            state.key.removesuffix(".tfstate").replace("/", "-"), state.key, "gone", f"{state.resources} resources"
        )
        for (bucket, key), state in states.items()
        if bucket in buckets
        and (bucket, key) not in ours
        and state.resources
        and (environment is None or key.startswith(f"{environment}/"))
    ]


def _why(state: State, folder: Path, published: Mapping[str, str | None]) -> str:
    if state.configuration is None:
        return "no deploy of it was completed by this release"
    if state.configuration != read_digest(folder):
        return "configuration"
    # A deploy that could not destroy removed resources: nothing else in the stack depends on that.
    if left := state.addresses - resource_addresses(json.loads((folder / "cdk.tf.json").read_text())):
        return f"{', '.join(sorted(left))} is still to be destroyed"
    stale = [name for name, text in state.read.items() if published[name] not in (None, text)]
    return f"what it reads from {', '.join(stale)}" if stale else ""
