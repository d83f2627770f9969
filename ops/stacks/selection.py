"""Selection of configured stacks by name or pattern."""

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
class StackRef:
    """Reference to a stack: its name, its account and what it builds on."""

    name: str
    account: AccountConfig
    state_key: str
    environment: str
    """Empty for a backend, which environments share."""
    bases: tuple[str, ...]
    """The stacks that it builds on, nearest first."""

    @classmethod
    def of(cls, id: StackId, account: AccountConfig) -> "StackRef":
        """The reference to that stack."""
        bases = []
        base = id.base
        while base:
            bases.append(base.name)
            base = base.base
        return cls(id.name, account, id.state_key, "" if isinstance(id, BackendId) else id.environment, tuple(bases))

    @property
    def cluster(self) -> str:
        """The ECS cluster of a platform; empty for other stacks."""
        platform = StackId(self.environment, "platform")
        return platform.prefix if self.name == platform.name else ""

    @property
    def bucket(self) -> str:
        """The bucket that holds its state."""
        return self.account.state_bucket


def environments(words: Iterable[str] = (), *, outdated_images: bool = False) -> dict[str, Environment]:
    """Load every environment, with the projects whose stacks these words name, or with all; raises ConfigError."""
    return load(ENVIRONMENTS, RequestedStacks(words), outdated_images=outdated_images)


def environment(name: str, *, outdated_images: bool = False) -> Environment:
    """Load one environment; raises OpsError for an unknown name."""
    return named(name, environments([f"{name}-*"], outdated_images=outdated_images))


def named(name: str, known: Mapping[str, Environment]) -> Environment:
    """Return the environment of that name; raises OpsError where there is none."""
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise OpsError(
            f"environment {name!r} does not exist: {hint} (a folder with platform.tfvars below environments/)"
        )
    return known[name]


def backend_ref(account: AccountConfig) -> StackRef:
    """Return the stack that holds the state of an account and region."""
    return StackRef.of(BackendId.of(account), account)


def stacks_of(environment: Environment) -> list[StackRef]:
    """Return the stacks of one environment, without its backend."""
    return [StackRef.of(id, environment.platform) for id in environment.stack_ids()]


def all_stacks(known: Mapping[str, Environment]) -> list[StackRef]:
    """Return every stack, in the order of `cdktf list`."""
    stacks = [StackRef.of(id, one.platform) for one in known.values() for id in one.stack_ids()]
    return [*stacks, *(StackRef.of(BackendId.of(account), account) for account, _ in backends(known))]


def stacks_in(environment: str | None, known: Mapping[str, Environment]) -> list[StackRef]:
    """Return every stack, or the stacks of one environment and its shared backend."""
    if environment is None:
        return all_stacks(known)
    bucket = known[environment].platform.state_bucket
    return [
        stack
        for stack in all_stacks(known)
        if stack.environment == environment or (not stack.environment and stack.bucket == bucket)
    ]


def matching(patterns: Sequence[str], known: Iterable[StackRef]) -> list[StackRef]:
    """Return the stacks that the patterns match; raise OpsError for a pattern without a match."""
    stacks = list(known)
    for pattern in patterns:
        if not any(fnmatchcase(stack.name, pattern) for stack in stacks):
            near = difflib.get_close_matches(pattern, [stack.name for stack in stacks], 1)
            hint = f"did you mean {near[0]}?" if near else "`cdktf list` shows them"
            raise OpsError(f"no stack matches {pattern!r}: {hint}")
    return [stack for stack in stacks if any(fnmatchcase(stack.name, pattern) for pattern in patterns)]
