"""Deploys many stacks: several at a time, what builds on others after them, and one's failure stops only its dependents."""

import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from ops.account import Account
from ops.errors import OpsError
from ops.paths import LOCAL
from ops.stacks.changed import Known, differences
from ops.stacks.selection import StackPlace
from ops.stacks.states import check_digests, states
from ops.terraform.apply import Applies, Interrupted
from ops.terraform.deploy_display import DeployDisplay
from ops.terraform.install import forget_half_written

LOGS = LOCAL / "deploy"
Outcome = Literal["deployed", "failed", "skipped", "interrupted"]


@dataclass(frozen=True)
class Result:
    """What became of one stack."""

    stack: str
    outcome: Outcome
    why: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0

    def document(self) -> dict[str, object]:
        """For programs."""
        return asdict(self)

    def __str__(self) -> str:
        done = ", ".join(f"{number} {what}" for what, number in self.counts.items() if number)
        return self.why or done or "no resource changed"


class Deploy:
    """One run over many stacks."""

    def __init__(
        self,
        accounts: Mapping[str, Account],
        folders: Mapping[str, Path],
        known: Known,
        settings: Mapping[str, str],
        display: DeployDisplay,
    ) -> None:
        self._accounts = accounts
        self._folders = folders
        self._known = known
        self._settings = settings
        self._display = display
        self._applies = Applies()
        self.results: dict[str, Result] = {}

    def run(self, places: Iterable[StackPlace], *, changed: bool, parallelism: int) -> None:
        """Deploys the stacks, or with ``changed`` those that differ when it is their turn, ``parallelism`` at a time.

        An interruption is a result, too: KeyboardInterrupt is not raised.
        """
        for folder in {one.parent for one in self._folders.values()}:
            forget_half_written(folder)
        levels: dict[int, list[StackPlace]] = {}
        for place in places:
            levels.setdefault(len(place.bases), []).append(place)
        with ThreadPoolExecutor(max_workers=parallelism) as pool, _interrupts(self._applies.stop):
            for _, members in sorted(levels.items()):
                # What a stack reads may be other than it was, now that its bases are deployed.
                differing = {one.stack for one in differences(members, self._folders, self._known)} if changed else ()
                chosen = [place for place in members if not changed or place.name in differing]
                self.results |= {result.stack: result for result in pool.map(self._one, chosen)}
                if changed:
                    self._look_again(place for place in chosen if self.results[place.name].outcome == "deployed")

    def _one(self, place: StackPlace) -> Result:
        missing = next(
            (base for base in place.bases if base in self.results and self.results[base].outcome != "deployed"), None
        )
        if missing:
            result = Result(place.name, "skipped", f"builds on {missing}, which was not deployed")
        else:
            started = time.monotonic()
            self._display.begin(place.name)
            result = self._apply(place, started)
        self._display.end(place.name, result.outcome, str(result))
        return result

    def _apply(self, place: StackPlace, started: float) -> Result:
        account, log = self._accounts[place.bucket], LOGS / f"{place.name}.log"
        variables = {**self._settings, **account.variables}
        try:
            check_digests(account, [place.state_key])
            counts = self._applies.apply(
                self._folders[place.name],
                variables,
                log=log,
                told=lambda text: self._display.say(place.name, text),
            )
        except Interrupted:
            return Result(place.name, "interrupted", "deploy it again", seconds=time.monotonic() - started)
        except Exception as error:  # AWS denies, the disk is full, we are wrong: the other stacks go on
            if not isinstance(error, OpsError):
                with suppress(OSError), log.open("a") as file:
                    traceback.print_exc(file=file)
            return Result(place.name, "failed", _reason(error), seconds=time.monotonic() - started)
        return Result(place.name, "deployed", "", counts, time.monotonic() - started)

    def _look_again(self, places: Iterable[StackPlace]) -> None:
        buckets: dict[str, list[StackPlace]] = {}
        for place in places:
            buckets.setdefault(place.bucket, []).append(place)
        for bucket, ours in buckets.items():
            try:
                found = states(self._accounts[bucket], [place.state_key for place in ours])
            except Exception as error:  # what builds on these cannot be told to be as it should
                why = f"it is deployed, but its state cannot be read again: {_reason(error)}"
                self.results |= {place.name: Result(place.name, "failed", why) for place in ours}
            else:
                self._known |= {(bucket, state.key): state for state in found}


def _reason(error: Exception) -> str:
    """In one line."""
    return " ".join(f"{'' if isinstance(error, OpsError) else type(error).__name__ + ': '}{error}".split())


@contextmanager
def _interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM stop what runs; it is waited for all the same."""
    usual = {number: signal.signal(number, lambda *_: stop()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
