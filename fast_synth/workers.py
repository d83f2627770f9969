"""Synthesise many stacks in several processes: each builds its share, and the first process merges the output.

A synthesis is one Python and one Node process that wait for each other, so alone it never uses more than one core.
"""

import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from configuration.requested_stacks import VARIABLE
from fast_synth import manifest

OPTION = "--share"
"""Option of a worker: its share, such as ``0/4``."""
# Another process, which takes a second to start, pays for itself with this many projects.
PROJECTS_PER_PROCESS = 20


@dataclass(frozen=True)
class Share:
    """The part of the requested stacks that a process builds: by default all."""

    number: int = 0
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> "Share":
        """Return the share that OPTION has given."""
        number, _, of = text.partition("/")
        return cls(int(number), int(of))

    @property
    def is_whole(self) -> bool:
        """True if there is no other process."""
        return self.of == 1

    def includes(self, name: str) -> bool:
        """Return whether the stack ``name`` is in this share. A project's stacks, which come from one file, share a process."""
        project, _, _ = name.rpartition("-")
        return zlib.crc32(project.encode()) % self.of == self.number


def count(root: Path) -> int:
    """Return the number of processes for the stacks requested of the project in ``root``."""
    words = os.environ.get(VARIABLE, "").split()
    projects = sum(1 for _ in root.glob("environments/*/projects/*.tfvars"))
    if words and not set("".join(words)) & set("*?["):
        projects = min(projects, len(words))
    # macOS does not report the cores that a process may use.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, projects // PROJECTS_PER_PROCESS))


def synthesise(program: Sequence[str], output: Path, number: int) -> int:
    """Run ``program`` in ``number`` processes, each for its share, and merge what they write into ``output``.

    Lines that several write to standard error are printed once. Returns the exit code of the first that failed; then
    nothing is written.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".shares-", dir=output) as scratch:
        folders = [Path(scratch) / str(share) for share in range(number)]
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "fast_synth", OPTION, f"{share}/{number}", *program],
                env={**os.environ, "CDKTF_OUTDIR": str(folder)},
                stderr=subprocess.PIPE,
                text=True,
            )
            for share, folder in enumerate(folders)
        ]
        errors = [line for process in running for line in process.communicate()[1].splitlines()]
        for line in dict.fromkeys(errors):
            print(line, file=sys.stderr)
        if code := next((process.returncode for process in running if process.returncode), 0):
            return code
        _merge(folders, output)
    return 0


def _merge(folders: Sequence[Path], output: Path) -> None:
    merged: manifest.Manifest = {}
    for folder in folders:
        part = manifest.read(folder)
        part["stacks"] = {**merged.get("stacks", {}), **part["stacks"]}
        merged = part
        for file in (folder / "stacks").glob("*/*"):
            # Terraform's own files in the target folder stay.
            target = output / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    for stack in merged["stacks"].values():
        stack["dependencies"] = [base for base in stack["dependencies"] if base in merged["stacks"]]
    manifest.write(output, merged)
