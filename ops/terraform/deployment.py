"""Deploy or destroy some stacks without asking, for the commands that do more than that."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console

from ops.errors import OpsError
from ops.interrupts import INTERRUPTS
from ops.stacks.changed import Snapshot
from ops.stacks.selection import StackRef
from ops.stacks.states import deployable_accounts
from ops.stacks.synthesis import synthesise
from ops.terraform.engine import Engine
from ops.terraform.install import check_version
from ops.terraform.options import TerraformOptions
from ops.terraform.result import Verb
from ops.terraform.working_folder import WorkingFolder


@dataclass
class Deployment:
    """The result of a run: resources imported, added, changed and destroyed over all its stacks."""

    seconds: float = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """True if a resource changed."""
        return any(self.counts.values())

    def __str__(self) -> str:
        done = [f"{number} {what}" for what, number in self.counts.items() if number]
        return f"{', '.join(done) or 'nothing changed'} ({self.seconds:.0f} s)"


def run_stacks(
    verb: Verb,
    stacks: Sequence[StackRef],
    console: Console,
    *,
    only_changed: bool = False,
    options: TerraformOptions = TerraformOptions(),  # noqa: B008 - it is frozen
) -> Deployment:
    """Run the verb on the stacks, or with ``only_changed`` on those that are not deployed as configured.

    Raises OpsError with the error of every stack that failed, and Interrupted after a signal.
    """
    check_version()
    accounts = deployable_accounts(stacks)
    began = time.monotonic()
    with WorkingFolder.create() as folder:
        folders = synthesise([stack.name for stack in stacks], folder.synthesised, console)
        engine = Engine(folder, folders, accounts, console, options)
        if only_changed:
            snapshot = Snapshot.read(list(stacks), accounts, folders)
            engine.wanted, engine.deployed = snapshot.differs, snapshot.reread
        results = engine.run(verb, stacks)
    INTERRUPTS.check()
    if failed := [result for result in results.values() if result.outcome == "failed"]:
        raise OpsError("\n".join(f"{result.stack}: {result}" for result in failed))
    counts: dict[str, int] = {}
    for result in results.values():
        for what, number in result.counts.items():
            counts[what] = counts.get(what, 0) + number
    return Deployment(time.monotonic() - began, counts)
