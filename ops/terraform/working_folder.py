"""The working folder of one run: commands in the same checkout never share files."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.paths import RUNS

# Runs whose logs stay. Older ones are deleted at the next start, unless they hold a state that was not uploaded, or may
# still be in use: Terraform continues when the command that started it is killed.
KEPT_RUNS = 20
KEPT_SECONDS = 24 * 3600
# Terraform writes the state here when the bucket refuses it.
ERRORED_STATE = "errored.tfstate"


@dataclass(frozen=True)
class WorkingFolder:
    """Folder below .local/runs with what was synthesised, a working folder for each stack, and the logs."""

    path: Path

    @classmethod
    @contextmanager
    def create(cls, runs: Path = RUNS) -> Iterator["WorkingFolder"]:
        """Create the folder of a new run; at the end keep only logs and states that were not uploaded."""
        runs.mkdir(parents=True, exist_ok=True)
        _prune(runs)
        path = runs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{os.getpid()}"
        path.mkdir()
        folder = cls(path)
        try:
            yield folder
        finally:
            folder._clean()

    @property
    def synthesised(self) -> Path:
        """The output folder of the synthesis."""
        return self.path / "cdktf.out"

    def log(self, stack: str) -> Path:
        """The log of everything that Terraform prints about the stack."""
        return self.path / f"{stack}.log"

    def _clean(self) -> None:
        # A folder of providers may hold 675 MB, and a plan the values of a whole state.
        errored = [file.parent for file in self.synthesised.glob(f"stacks/*/{ERRORED_STATE}")]
        for stack in self.synthesised.glob("stacks/*"):
            if stack in errored:
                shutil.rmtree(stack / ".terraform", ignore_errors=True)
            else:
                shutil.rmtree(stack, ignore_errors=True)
        if not errored:
            shutil.rmtree(self.synthesised, ignore_errors=True)
        with suppress(OSError):  # it has logs
            self.path.rmdir()


def _prune(runs: Path) -> None:
    for path in sorted(path for path in runs.iterdir() if path.is_dir())[:-KEPT_RUNS]:
        with suppress(FileNotFoundError):  # another command deletes it as well
            if time.time() - path.stat().st_mtime > KEPT_SECONDS and not any(path.rglob(ERRORED_STATE)):
                shutil.rmtree(path, ignore_errors=True)
