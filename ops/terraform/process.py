"""One run of Terraform, its output in a log file and reported line by line."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import Popen

from ops.interrupts import Interrupts

# Interval in seconds at which new output is read from the log.
POLL_SECONDS = 0.1


def run_terraform(
    subcommand: str,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    log: Path,
    interrupts: Interrupts,
    read: Callable[[str], None] = lambda line: None,
) -> int:
    """Run `terraform <subcommand> <arguments>` in ``folder`` and return its exit code; ``read`` receives each line of its output.

    Raises OSError where the log cannot be written, and Interrupted where a signal arrived before the start.
    """
    with log.open("ab", buffering=0) as output:
        output.write(f"$ terraform {' '.join([subcommand, *arguments])}\n".encode())
        start = output.tell()
        command = ["terraform", subcommand, "-input=false", *arguments]
        with interrupts.process(command, folder, environment, output) as process:
            for line in _new_lines(log, start, process):
                read(line)
        return process.returncode


def _new_lines(log: Path, start: int, process: "Popen[bytes]") -> Iterator[str]:
    """The lines that the process adds to the log, until it ends."""
    with log.open("rb") as reading:
        reading.seek(start)
        rest = b""
        while True:
            ended = process.poll() is not None
            *lines, rest = (rest + reading.read()).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
            if ended:
                break
            if not lines:
                time.sleep(POLL_SECONDS)
        if rest:
            yield rest.decode(errors="replace")
