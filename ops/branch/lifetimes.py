"""How long environments for branches have left, and what is deployed of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from configuration.environment import Environment
from local_aws import server
from modules.account import AccountConfig
from ops.account import Account, account_of
from ops.branch import PREFIX
from ops.errors import OpsError
from ops.paths import ROOT
from ops.stacks.states import State, states


@dataclass(frozen=True)
class Lifetime:
    """An environment with a last day."""

    environment: str
    account_id: str
    expires: date
    resources: int | None
    """That its states hold; None where nobody could look."""
    here: bool = True
    """Whether this checkout has its folder."""

    @property
    def past(self) -> bool:
        """Whether its last day is over."""
        return self.expires < today()

    @property
    def remedy(self) -> str:
        """How to be rid of it."""
        if not self.here:
            return "get its folder from whoever made it, then destroy it"
        destroy = "" if self.resources == 0 else f"pipenv run cdktf destroy {self.environment}-platform && "
        return f"{destroy}pipenv run ops remove-branch {self.environment.removeprefix(PREFIX)}"

    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "environment": self.environment,
            "account": self.account_id,
            "expires": self.expires.isoformat(),
            "past": self.past,
            "resources": self.resources,
            "here": self.here,
        }


def today() -> date:
    """As tags have it, in UTC."""
    return datetime.now(UTC).date()


def configured_lifetimes(known: Mapping[str, Environment]) -> list[Lifetime]:
    """Those of this checkout, without asking anybody."""
    return [
        Lifetime(name, one.platform.account_id, one.platform.expires, None)
        for name, one in known.items()
        if one.platform.expires
    ]


def find_lifetimes(known: Mapping[str, Environment]) -> tuple[list[Lifetime], list[str]]:
    """Those of this checkout and those that its accounts hold besides, and why some accounts could not be asked."""
    accounts = {(one.platform.account_id, one.platform.region): one.platform for one in known.values()}
    lifetimes, problems = [], []
    for place, config in accounts.items():
        try:
            held = account_states(config)
        except OpsError as error:
            problems.append(str(error))
            held = None
        here = [one for one in known.values() if (one.platform.account_id, one.platform.region) == place]
        for one in here:
            if one.platform.expires:
                count = None if held is None else sum(state.resources for state in states_of(one.name, held))
                lifetimes.append(Lifetime(one.name, place[0], one.platform.expires, count))
        lifetimes += _deployed_elsewhere(place[0], held or [], {one.name for one in here})
    return lifetimes, problems


def account_states(config: AccountConfig) -> list[State]:
    """Every state of the account; raises OpsError where that cannot be known."""
    if config.local_aws and server.running(ROOT) is None:
        return []  # it forgets everything when it stops
    account: Account = account_of(config)
    account.check()
    return states(account)


def states_of(environment: str, held: Iterable[State]) -> list[State]:
    """The states of that environment that hold something."""
    return [state for state in held if state.key.startswith(f"{environment}/") and state.resources]


def _deployed_elsewhere(account_id: str, held: list[State], here: set[str]) -> list[Lifetime]:
    return [
        Lifetime(name, account_id, date.fromisoformat(state.outputs["expires"]), state.resources, here=False)
        for state in held
        if state.resources and "expires" in state.outputs and (name := state.key.partition("/")[0]) not in here
    ]
