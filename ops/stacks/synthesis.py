"""Synthesising without cdktf-cli, which would take a second more and knows no selection of stacks."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from backend.digests import stack_folders
from ops.cdktf.command import environment_of
from ops.errors import OpsError
from ops.paths import ROOT


def synthesise(words: Iterable[str], output: Path) -> dict[str, Path]:
    """The folder of each stack that the words name, synthesised below ``output``."""
    words = " ".join(words)
    output.mkdir(parents=True, exist_ok=True)
    answer = subprocess.run(
        [sys.executable, "-m", "fast_synth", "main.py"],
        cwd=ROOT,
        env=environment_of({"AIRFLOW_ON_AWS_STACKS": words, "CDKTF_OUTDIR": str(output)}),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OpsError(f"{words or 'the stacks'} could not be synthesised: {reason}")
    return stack_folders(output)
