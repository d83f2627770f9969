"""Engine that runs Terraform for several stacks at a time: bases first, each stack in its own working folder."""

import os
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.text import Text

from ops.account import Account
from ops.errors import OpsError
from ops.interrupts import INTERRUPTS, Interrupted, Interrupts
from ops.progress import ProgressDisplay, Row
from ops.stacks import explain
from ops.stacks.selection import StackRef
from ops.stacks.states import check_digests
from ops.terminal import console, print_text
from ops.terraform.environment import environment_of
from ops.terraform.install import provider_settings
from ops.terraform.options import TerraformOptions
from ops.terraform.result import SUCCESS, Outcome, Result, Verb
from ops.terraform.stack import Plan, StackTerraform
from ops.terraform.working_folder import WorkingFolder

Answer = Literal["approve", "dismiss", "stop"]
_COLOURS = {"failed": "red", "skipped": "yellow", "dismissed": "yellow", "interrupted": "yellow"}
# A Terraform with the AWS provider takes about 900 MB.
PARALLELISM = os.cpu_count() or 1


@dataclass
class Engine:
    """One run over several stacks.

    A stack that fails stops only the stacks that build on it. After a signal no stack is started, and running ones finish
    gracefully; the signal is recorded as a result and raises nothing.
    """

    folder: WorkingFolder
    folders: Mapping[str, Path]
    """The synthesised folder of each stack."""
    accounts: Mapping[str, Account]
    """By state bucket."""
    console: Console
    options: TerraformOptions = field(default_factory=TerraformOptions)
    parallelism: int = PARALLELISM
    approval: Callable[[str, Plan], Answer] | None = None
    """Prompt for a plan; None applies without approval."""
    wanted: Callable[[StackRef], bool] = lambda stack: True
    """Called before a stack starts; False leaves it out."""
    deployed: Callable[[StackRef], str] = lambda stack: ""
    """Called after a stack was deployed; returns an error text, or an empty one."""
    interrupts: Interrupts = INTERRUPTS
    as_cdktf: bool = False
    """Print like cdktf: the changes of a plan without approval, and Terraform's summary of each stack."""

    def run(self, verb: Verb, stacks: Sequence[StackRef]) -> dict[str, Result]:
        """Run the verb on the stacks; return their results in the order in which they ended."""
        self._verb: Verb = verb
        self.began = datetime.now(UTC)
        self._settings = provider_settings()
        self._results: dict[str, Result] = {}
        self._stopped = False
        by_name = {stack.name: stack for stack in stacks}
        self._waits_for = _dependencies(verb, stacks)
        sorter = TopologicalSorter(self._waits_for)
        sorter.prepare()
        self._began: dict[str, float] = {}
        with (
            ProgressDisplay(self.console) as self._display,
            ThreadPoolExecutor(self.parallelism) as pool,
            self.interrupts.deferred(),
        ):
            self._rows = {name: self._display.row(name) for name in by_name} if len(by_name) <= self.parallelism else {}
            working: dict[Future[Plan | Result], StackRef] = {}
            while sorter.is_active():
                for name in sorter.get_ready():
                    if self._starts(by_name[name]):
                        working[pool.submit(self._guarded, self._begin, by_name[name])] = by_name[name]
                    else:
                        sorter.done(name)
                if not working:
                    continue
                for future in wait(working, return_when=FIRST_COMPLETED).done:
                    stack = working.pop(future)
                    result = future.result()
                    if isinstance(result, Plan):
                        answer = self._review(stack, result)
                        if answer is None:
                            working[pool.submit(self._guarded, self._apply, stack, result)] = stack
                            continue
                        result = answer
                    self._end(stack, result)
                    sorter.done(stack.name)
        self._explain(stacks)
        return self._results

    def _explain(self, stacks: Sequence[StackRef]) -> None:
        """Print why tasks of a platform failed whose deploy failed."""
        for stack in stacks:
            result = self._results.get(stack.name)
            if self._verb == "deploy" and result and result.outcome == "failed" and stack.cluster:
                explain.show_since(self.accounts[stack.bucket], stack.cluster, self.began, console(stderr=True))

    @property
    def exit_code(self) -> int:
        """Exit code of a command that ran the engine."""
        if self.interrupts.received is not None:
            return 128 + self.interrupts.received
        return 1 if {result.outcome for result in self._results.values()} & {"failed", "skipped"} else 0

    def _starts(self, stack: StackRef) -> bool:
        """Return whether the stack starts; if not, its result gives the reason."""
        ended = (self._results[name] for name in self._waits_for[stack.name] if name in self._results)
        base = next((result for result in ended if not result.complete), None)
        try:
            if not self.wanted(stack):
                return False
        except Exception as error:  # the states that it reads cannot be compared
            self._end(stack, Result(stack.name, "failed", one_line(error)))
            return False
        if base:
            outcome: Outcome = "dismissed" if base.outcome == "dismissed" else "skipped"
            relation = "builds on" if self._verb == "deploy" else "is built on by"
            self._end(
                stack, Result(stack.name, outcome, f"{relation} {base.stack}, which was not {SUCCESS[self._verb]}")
            )
        elif self.interrupts.received is not None:
            self._end(stack, Result(stack.name, "interrupted", f"not started; {self._verb} it again"))
        elif self._stopped:
            self._end(stack, Result(stack.name, "dismissed", "not started"))
        else:
            return True
        return False

    def _guarded(self, work: Callable[..., Plan | Result], stack: StackRef, *more: Plan) -> Plan | Result:
        """Turn an exception into a result, so that the other stacks continue."""
        began = self._began.setdefault(stack.name, time.monotonic())
        outcome: Outcome
        try:
            return work(stack, *more)
        except Interrupted:
            outcome, why = "interrupted", f"{self._verb} it again"
        except Exception as error:  # a denial of AWS, a full disk, a programming error
            outcome, why = "failed", one_line(error)
            if not isinstance(error, OpsError):
                with suppress(OSError), self.folder.log(stack.name).open("a") as log:
                    traceback.print_exc(file=log)
        return Result(stack.name, outcome, why, seconds=time.monotonic() - began)

    def _begin(self, stack: StackRef) -> Plan | Result:
        """Initialise the stack, then plan it, or apply it if no approval is needed."""
        row = self._row(stack)
        check_digests(self.accounts[stack.bucket], [stack.state_key])
        terraform = self._terraform(stack, row)
        terraform.init()
        if self.approval or self._verb == "diff":
            return terraform.plan(destroy=self._verb == "destroy")
        return self._applied(stack, terraform, None)

    def _apply(self, stack: StackRef, plan: Plan) -> Result:
        return self._applied(stack, self._terraform(stack, self._row(stack)), plan)

    def _applied(self, stack: StackRef, terraform: StackTerraform, plan: Plan | None) -> Result:
        applied = terraform.apply(plan, destroy=self._verb == "destroy")
        seconds = time.monotonic() - self._began[stack.name]
        if self._verb == "deploy" and (problem := self.deployed(stack)):
            return Result(stack.name, "failed", problem, applied.counts, seconds)
        return Result(stack.name, SUCCESS[self._verb], "", applied.counts, seconds, applied.summary, applied.outputs)

    def _review(self, stack: StackRef, plan: Plan) -> Result | None:
        """Print a plan and ask for approval; return None if it is approved."""
        interrupted = Result(stack.name, "interrupted", f"{self._verb} it again")
        if self.interrupts.received is not None:  # Terraform may complete a plan all the same
            return interrupted
        with self._display.paused():
            print_text(self.console, stack.name, "bold")
            print_text(self.console, f"{plan.text}\n")
            if self._verb == "diff" or self.approval is None:
                return Result(stack.name, "planned")
            if plan.empty:
                return None
            answer = self.approval(stack.name, plan)
        if self.interrupts.received is not None:
            return interrupted
        if answer == "approve":
            return None
        self._stopped = self._stopped or answer == "stop"
        return Result(stack.name, "dismissed", "not approved")

    def _terraform(self, stack: StackRef, row: Row) -> StackTerraform:
        variables = {**self._settings, **self.accounts[stack.bucket].variables}
        return StackTerraform(
            self.folders[stack.name],
            environment_of(variables),
            log=self.folder.log(stack.name),
            interrupts=self.interrupts,
            report=row.show,
            options=self.options,
            planned=(lambda lines: self._list(stack, lines)) if self.as_cdktf else None,
        )

    def _row(self, stack: StackRef) -> Row:
        row = self._rows.get(stack.name)
        if row is None:
            row = self._rows[stack.name] = self._display.row(stack.name)
        return row

    def _list(self, stack: StackRef, changes: Sequence[str]) -> None:
        text = "\n".join([stack.name, *(f"  {line}" for line in changes)])
        print_text(self.console, text)

    def _end(self, stack: StackRef, result: Result) -> None:
        self._results[stack.name] = result
        if row := self._rows.pop(stack.name, None):
            row.end()
        if self.as_cdktf and result.summary:
            print_text(self.console, f"{stack.name}  {result.summary}")
        elif result.outcome != "planned":
            line = Text(f"  {stack.name}: ").append(result.outcome, _COLOURS.get(result.outcome, "green"))
            self.console.print(line.append(f", {result}"), soft_wrap=True)


def _dependencies(verb: Verb, stacks: Sequence[StackRef]) -> dict[str, list[str]]:
    """Return the stacks that each stack waits for: its bases, or on destroy the stacks that build on it."""
    names = {stack.name for stack in stacks}
    waits: dict[str, list[str]] = {stack.name: [] for stack in stacks}
    for stack in stacks:
        for base in names.intersection(stack.bases):
            if verb == "deploy":
                waits[stack.name].append(base)
            elif verb == "destroy":
                waits[base].append(stack.name)
    return waits


def one_line(error: Exception) -> str:
    """Return the text of an error as a single line."""
    return " ".join(f"{'' if isinstance(error, OpsError) else type(error).__name__ + ': '}{error}".split())
