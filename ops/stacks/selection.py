"""Which stacks there are, and which of them a command means."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from backend.stack_id import BackendId
from configuration.environment import Environment, backends
from configuration.load import load
from configuration.requested_stacks import RequestedStacks
from modules.account import AccountConfig
from modules.stack_id import StackId
from ops.errors import OpsError
from ops.paths import ENVIRONMENTS


@dataclass(frozen=True)
class StackPlace:
    """A stack by name, and the account that it is in."""

    name: str
    account: AccountConfig
    state_key: str
    environment: str
    """Empty for a backend, which environments share."""
    bases: tuple[str, ...]
    """The stacks that it builds on, nearest first."""

    @classmethod
    def of(cls, id: StackId, account: AccountConfig) -> "StackPlace":
        """The place of that stack."""
        bases = []
        base = id.base
        while base:
            bases.append(base.name)
            base = base.base
        return cls(id.name, account, id.state_key, "" if isinstance(id, BackendId) else id.environment, tuple(bases))

    @property
    def bucket(self) -> str:
        """Where its state is."""
        return self.account.state_bucket


def environments(words: Iterable[str] = (), *, outdated_images: bool = False) -> dict[str, Environment]:
    """Every environment, with the projects whose stacks these words name, or all; raises ConfigError."""
    return load(ENVIRONMENTS, RequestedStacks(words), outdated_images=outdated_images)


def environment(name: str, *, outdated_images: bool = False) -> Environment:
    """One environment; raises OpsError for an unknown name."""
    return named(name, environments([f"{name}-*"], outdated_images=outdated_images))


def named(name: str, known: Mapping[str, Environment]) -> Environment:
    """The one of that name; raises OpsError where there is none."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise OpsError(
            f"environment {name!r} does not exist: {hint} (a folder with platform.tfvars below environments/)"
        )
    return known[name]


def backend_name(account: AccountConfig) -> str:
    """The stack that holds the state of an account and region."""
    return BackendId.of(account).name


def places(known: Mapping[str, Environment]) -> list[StackPlace]:
    """Every stack, as `cdktf list` shows them."""
    stacks = [StackPlace.of(id, one.platform) for one in known.values() for id in one.stack_ids()]
    return [*stacks, *(StackPlace.of(BackendId.of(account), account) for account, _ in backends(known))]


def places_of(environment: str | None, known: Mapping[str, Environment]) -> list[StackPlace]:
    """Every stack, or those of one environment and the backend that it shares."""
    if environment is None:
        return places(known)
    bucket = known[environment].platform.state_bucket
    return [
        place
        for place in places(known)
        if place.environment == environment or (not place.environment and place.bucket == bucket)
    ]


def matching(patterns: Sequence[str], known: Iterable[StackPlace]) -> list[StackPlace]:
    """The stacks that the patterns match; raises OpsError for a pattern without a match."""
    stacks = list(known)
    for pattern in patterns:
        if not any(fnmatchcase(stack.name, pattern) for stack in stacks):
            near = difflib.get_close_matches(pattern, [stack.name for stack in stacks], 1)
            hint = f"did you mean {near[0]}?" if near else "`cdktf list` shows them"
            raise OpsError(f"no stack matches {pattern!r}: {hint}")
    return [stack for stack in stacks if any(fnmatchcase(stack.name, pattern) for pattern in patterns)]
