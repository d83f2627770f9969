"""Runs cdktf, showing how far each stack is, and Terraform; everything they print goes to a log."""

import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ops.cdktf.command import CLI, environment_of
from ops.errors import OpsError
from ops.paths import ROOT, STACKS
from ops.terraform.install import check_version, forget_half_written, provider_settings, start

# `local-platform  aws_vpc.network: Creation complete after 10s [id=…]`
_PLAN = re.compile(r"Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy")
_DONE = re.compile(r"(\S+): (?:Creation|Modifications|Destruction|Import) complete")
_BUSY = re.compile(r"(\S+): Still (?:creating|modifying|destroying)\.\.\. \[(?:id=\S+, )?(\S+ elapsed)\]")
_SUMMARY = re.compile(r"(?:Apply|Destroy) complete! Resources: (.*)\.")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
QUIET_SECONDS = 15


@dataclass
class Outcome:
    """What a run did: resources added, changed and destroyed over all its stacks."""

    seconds: float = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether it did anything."""
        return any(self.counts.values())

    def __str__(self) -> str:
        done = [f"{number} {what}" for what, number in self.counts.items() if number]
        return f"{', '.join(done) or 'nothing changed'} ({self.seconds:.0f} s)"


class _Display:
    """A bar for each stack on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, stacks: Sequence[str]) -> None:
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
        )
        self.live = Progress(*columns, console=console, disable=not console.is_terminal)
        self.console = console
        self.tasks: dict[str, TaskID] = {
            name: self.live.add_task(name, total=None, now="", start=False) for name in stacks
        }
        self.current: str | None = None
        self.last = time.monotonic()
        self.counts: dict[str, int] = {}

    def read(self, line: str) -> None:
        """Takes one line of cdktf's output."""
        named = next((name for name in self.tasks if line.startswith(f"{name} ")), None)
        # cdktf names the stack on the first line of a piece and indents the others.
        stack = self.current = named or (self.current if line.startswith(" ") else None)
        if stack is None:
            return
        task = self.tasks[stack]
        if plan := _PLAN.search(line):
            self.live.start_task(task)
            self.live.update(task, total=sum(int(number or 0) for number in plan.groups()), completed=0)
        elif done := _DONE.search(line):
            self.live.advance(task)
            self._say(stack, done[1])
        elif busy := _BUSY.search(line):
            self._say(stack, f"{busy[1]} {busy[2]}")
        elif summary := _SUMMARY.search(line):
            for number, what in re.findall(r"(\d+) (\w+)", summary[1]):
                self.counts[what] = self.counts.get(what, 0) + int(number)
            self._say(stack, summary[1], always=True)

    def _say(self, stack: str, text: str, *, always: bool = False) -> None:
        self.live.update(self.tasks[stack], now=text[:60])
        if self.live.disable and (always or time.monotonic() - self.last > QUIET_SECONDS):
            self.console.print(f"  {stack}: {text}", highlight=False, soft_wrap=True)
            self.last = time.monotonic()


def cdktf(verb: str, stacks: Sequence[str], variables: Mapping[str, str], *, log: Path, console: Console) -> Outcome:
    """Deploys or destroys these stacks without asking; raises OpsError with Terraform's error and where the log is."""
    check_version()
    forget_half_written(STACKS)
    provider, mirrored = provider_settings()
    command = [str(CLI), verb, *stacks, "--auto-approve", "--no-color"]
    # Most of a deploy is waiting for AWS.
    command += ["--terraform-parallelism", "30", *(["--skip-provider-lock"] if mirrored else [])]
    display = _Display(console, stacks)
    started = time.monotonic()
    errors: list[str] = []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file, display.live:
        file.write(f"$ cdktf {verb} {' '.join(stacks)}\n")
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_of({**provider, **variables, "AIRFLOW_ON_AWS_STACKS": " ".join(stacks)}) | {"CI": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        with _ended(process):
            for raw in process.stdout or ():
                file.write(raw)
                file.flush()
                line = _CONTROL.sub("", raw).rstrip()
                if "Error:" in line:
                    errors.append(line.split("Error:", 1)[1].strip(" │╷"))
                display.read(line)
            code = process.wait()
    if code:
        reason = "; ".join(dict.fromkeys(errors)) or f"exit code {code}"
        raise OpsError(f"cdktf {verb} failed: {reason} (everything it said is in {log})")
    return Outcome(time.monotonic() - started, display.counts)


def terraform(arguments: Sequence[str], folder: Path, variables: Mapping[str, str], *, log: Path) -> None:
    """Runs one command of Terraform on a synthesised stack; raises OpsError with its error and where the log is."""
    forget_half_written(folder.parent)
    process = start([*arguments, "-no-color"], folder, environment_of(variables))
    with _ended(process):
        output, _ = process.communicate()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"$ terraform {' '.join(arguments)}\n{output}\n")
    if process.returncode:
        lines = [line.strip("│╷ ") for line in output.splitlines()]
        error = next((line.removeprefix("Error: ") for line in lines if line.startswith("Error:")), "see the log")
        raise OpsError(f"terraform {arguments[0]} failed: {error} (everything it said is in {log})")


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Asks the process to end if we are interrupted: Terraform then saves its state and gives the lock back."""
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait(timeout=60)
        raise
