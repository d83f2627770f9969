"""One `terraform apply` of one synthesised stack, told step by step, that ends well when it is interrupted."""

import json
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from ops.cdktf.command import environment_of
from ops.errors import OpsError
from ops.terraform import install

# Most of an apply is waiting for AWS.
AT_ONCE = 30
Told = Callable[[str], None]


class Interrupted(Exception):  # noqa: N818 - not an error
    """Somebody asked us to stop."""


class Applies:
    """Applies of several stacks at a time, and the one switch that ends them all."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        # A second signal may come in the middle of stop().
        self._guard = threading.RLock()
        self._stopped = False
        # Two that install a provider into one plugin cache at a time spoil it.
        self._installing = threading.Lock()

    def stop(self) -> None:
        """Asks every Terraform to end, once: it finishes what it is at, saves its state and gives the lock back.

        Asked twice it would end at once, and its state may be lost.
        """
        with self._guard:
            if self._stopped:
                return
            self._stopped = True
            for process in self._running:
                process.terminate()

    def apply(self, folder: Path, variables: Mapping[str, str], *, log: Path, told: Told) -> dict[str, int]:
        """Applies the stack in ``folder``, telling what it does; how many resources it added, changed and removed.

        Raises OpsError with Terraform's error and where the log is, and Interrupted.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as file:
            with self._installing:
                told("preparing")
                self._run(["init", "-reconfigure", "-no-color"], folder, variables, file, lambda line: None)
            events = _Events(told)
            arguments = ["apply", "-auto-approve", "-json", f"-parallelism={AT_ONCE}"]
            self._run(arguments, folder, variables, file, events.read, events.errors)
        return events.counts

    def _run(
        self,
        arguments: list[str],
        folder: Path,
        variables: Mapping[str, str],
        log: IO[str],
        read: Callable[[str], None],
        errors: list[str] | None = None,
    ) -> None:
        lines = []
        with self._guard:
            if self._stopped:
                raise Interrupted
            process = install.start(arguments, folder, environment_of(variables))
            self._running.add(process)
        try:
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                lines.append(line.strip(" │╷\n"))
                read(line)
            code = process.wait()
        except Exception:  # its log cannot be written, say: nobody would listen to it any more
            self._end(process)
            raise
        finally:
            with self._guard:
                self._running.discard(process)
        if code and self._stopped:
            raise Interrupted
        if code:
            found = errors or [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
            reason = "; ".join(dict.fromkeys(found)) or f"exit code {code}"
            raise OpsError(f"terraform {arguments[0]} failed: {reason} (everything it said is in {log.name})")

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Asks it to end, unless stop() did, and waits for it."""
        with self._guard:
            self._running.discard(process)
            if not self._stopped:
                process.terminate()
        process.communicate()


class _Events:
    """What `terraform apply -json` says: https://developer.hashicorp.com/terraform/internals/machine-readable-ui"""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._done = self._total = 0
        self.counts: dict[str, int] = {}
        self.errors: list[str] = []

    def read(self, line: str) -> None:
        """Takes one line."""
        try:
            event = json.loads(line)
        except ValueError:
            return  # a crash, which is in the log
        kind = event.get("type")
        if kind == "change_summary":
            self._summary(event["changes"])
        elif kind == "apply_complete":
            self._done += 1
            self._told(f"{self._done} of {self._total}: {event['hook']['resource']['addr']}")
        elif kind == "diagnostic" and event["diagnostic"]["severity"] == "error":
            detail = event["diagnostic"].get("detail") or ""
            self.errors.append(" ".join(f"{event['diagnostic']['summary']} {detail}".split())[:400])

    def _summary(self, changes: dict[str, Any]) -> None:
        counts = {"added": changes["add"], "changed": changes["change"], "destroyed": changes["remove"]}
        if changes["operation"] == "plan":
            self._total = sum(counts.values())
        else:
            self.counts = counts
