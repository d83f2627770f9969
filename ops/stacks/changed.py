"""Which stacks differ from what is deployed, told by their states: no plan is made.

So it takes their synthesis, and one small object of S3 for each stack: `python -m benchmarks.changed` measures it.

What somebody changed in AWS by hand is not seen; `cdktf diff` does that.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from backend.digests import read_digest, resource_addresses
from ops.account import Account, account_of
from ops.stacks.selection import StackPlace
from ops.stacks.states import State, states

# A state by its bucket and key: one account may hold several environments, and one command several accounts.
Known = dict[tuple[str, str], State]
What = Literal["new", "changed", "gone"]


@dataclass(frozen=True)
class Difference:
    """A stack that is not deployed as it is configured."""

    stack: str
    state: str
    what: What
    why: str

    def document(self) -> dict[str, str]:
        """For programs."""
        return asdict(self)


def accounts_of(places: Iterable[StackPlace]) -> dict[str, Account]:
    """By state bucket, every account that the stacks are in; raises OpsError for one that cannot be reached."""
    found: dict[str, Account] = {}
    for place in places:
        if place.bucket not in found:
            account = account_of(place.account)
            account.check()
            found[place.bucket] = account
    return found


def known_states(accounts: Mapping[str, Account]) -> Known:
    """Every state there is."""
    return {(bucket, state.key): state for bucket, account in accounts.items() for state in states(account)}


def differences(places: Iterable[StackPlace], folders: Mapping[str, Path], known: Known) -> list[Difference]:
    """The stacks that are new or changed, in their order."""
    published = {(bucket, name): text for (bucket, _), one in known.items() for name, text in one.published.items()}
    found = []
    for place in places:
        state = known.get((place.bucket, place.state_key))
        if state is None or not state.resources:
            found.append(Difference(place.name, place.state_key, "new", "nothing is deployed"))
        elif why := _why(
            state, folders[place.name], {name: published.get((place.bucket, name)) for name in state.read}
        ):
            found.append(Difference(place.name, place.state_key, "changed", why))
    return found


def gone(places: Iterable[StackPlace], known: Known, environment: str | None = None) -> list[Difference]:
    """States that hold resources and that no file stands for: somebody deleted it, or it is in another repository."""
    places = list(places)
    ours = {(place.bucket, place.state_key) for place in places}
    buckets = {place.bucket for place in places}
    return [
        Difference(
            state.key.removesuffix(".tfstate").replace("/", "-"), state.key, "gone", f"{state.resources} resources"
        )
        for (bucket, key), state in known.items()
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
    # A deploy that could not destroy what was taken out: nothing else in it depends on that.
    if left := state.addresses - resource_addresses(json.loads((folder / "cdk.tf.json").read_text())):
        return f"{', '.join(sorted(left))} is still to be destroyed"
    stale = [name for name, text in state.read.items() if published[name] not in (None, text)]
    return f"what it reads from {', '.join(stale)}" if stale else ""
