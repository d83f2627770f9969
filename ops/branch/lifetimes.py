"""Expiry dates of branch environments, and their deployed resources."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from configuration.environment import Environment
from local_aws import server
from modules.account import AccountConfig
from ops.account import Account, account_of
from ops.branch import PREFIX
from ops.errors import OpsError
from ops.paths import ROOT
from ops.stacks.states import State, read_states


@dataclass(frozen=True)
class Lifetime:
    """An environment with an expiry date."""

    environment: str
    account: str
    expires: date
    resources: int | None
    """Number of resources in its states; None if these could not be read."""
    here: bool = True
    """True if this checkout has its folder."""

    @property
    def past(self) -> bool:
        """True after the expiry date, which is the last day of the environment."""
        return self.expires < today()

    @property
    def remedy(self) -> str:
        """Commands that delete the environment."""
        if not self.here:
            return "get its folder from its owner, then destroy it"
        destroy = "" if self.resources == 0 else f"pipenv run cdktf destroy {self.environment}-platform && "
        return f"{destroy}pipenv run ops remove-branch {self.environment.removeprefix(PREFIX)}"

    def data(self) -> dict[str, Any]:
        """The environment as JSON-compatible data."""
        return {**asdict(self), "expires": self.expires.isoformat(), "past": self.past}


def today() -> date:
    """Return today's date in UTC, as in the tags."""
    return datetime.now(UTC).date()


def configured_lifetimes(known: Mapping[str, Environment]) -> list[Lifetime]:
    """Return the environments of this checkout with an expiry date, without access to AWS."""
    return [
        Lifetime(name, each.platform.account_id, each.platform.expires, None)
        for name, each in known.items()
        if each.platform.expires
    ]


def find_lifetimes(known: Mapping[str, Environment]) -> tuple[list[Lifetime], list[str]]:
    """Return environments with an expiry date, in this checkout and in its accounts, and the errors of unreadable accounts."""
    accounts = {each.platform.location: each.platform for each in known.values()}
    lifetimes, problems = [], []
    for location, config in accounts.items():
        try:
            held = account_states(config)
        except OpsError as error:
            problems.append(str(error))
            held = None
        here = [each for each in known.values() if each.platform.location == location]
        for each in here:
            if each.platform.expires:
                count = None if held is None else sum(state.resources for state in states_of(each.name, held))
                lifetimes.append(Lifetime(each.name, config.account_id, each.platform.expires, count))
        lifetimes += _deployed_elsewhere(config.account_id, held or [], {each.name for each in here})
    return lifetimes, problems


def account_states(config: AccountConfig) -> list[State]:
    """Return every state in the account; raises OpsError if the account cannot be read."""
    if config.local_aws and server.running(ROOT) is None:
        return []  # its resources exist only while it runs
    account: Account = account_of(config)
    account.check()
    return read_states(account)


def states_of(environment: str, held: Iterable[State]) -> list[State]:
    """Return the states of an environment that contain resources."""
    return [state for state in held if state.key.startswith(f"{environment}/") and state.resources]


def _deployed_elsewhere(account_id: str, held: list[State], here: set[str]) -> list[Lifetime]:
    return [
        Lifetime(name, account_id, date.fromisoformat(state.outputs["expires"]), state.resources, here=False)
        for state in held
        if state.resources and "expires" in state.outputs and (name := state.key.partition("/")[0]) not in here
    ]
