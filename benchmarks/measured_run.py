"""Run a command, and measure its time, its memory and the files that it writes."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

SECONDS_BETWEEN_SAMPLES = 0.02


class RunFailed(Exception):  # noqa: N818 - named after the event
    """A measured command failed; the message is its standard error."""


def timed(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> tuple[float, str]:
    """Run the command in ``folder``; return the seconds from start to exit, and its standard error."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RunFailed(done.stderr)
    return seconds, done.stderr


def peak_memory(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
    """Run the command in ``folder``; return the most bytes that it and its child processes had at one time.

    Pages that two processes share count as half a page in each (Linux's PSS), so that no page is counted twice. Sampling
    takes time, so a run is either timed or sampled.
    """
    peak = 0
    with psutil.Popen(
        command, cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while process.poll() is None:
            peak = max(peak, _memory_now(process))
            time.sleep(SECONDS_BETWEEN_SAMPLES)
        if process.returncode:
            raise RunFailed(process.stderr.read().decode())
    return peak


def _memory_now(process: psutil.Process) -> int:
    total = 0
    try:
        for each in (process, *process.children(recursive=True)):
            memory = each.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    except psutil.Error:
        pass  # it has just ended
    return total


def files_below(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below ``folder``, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
