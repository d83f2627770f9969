"""A synthesis of many stacks in several processes, side by side: each reads and makes its share, the first puts them together.

A synthesis is one Python and one Node that take turns, so it never uses more than one processor.
"""

import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from .kept_stacks import as_cdktf_writes

# Which share this process is to make, of how many: "0/4".
VARIABLE = "FAST_SYNTH_SHARE"
# Projects for which a process more is worth the second that it takes to start.
WORTH_A_PROCESS = 20


class Share:
    """Of the stacks that are wanted those that this process makes: all of them, unless it was told its share."""

    def __init__(self, wanted: Container[str]) -> None:
        self._wanted = wanted
        number, _, of = os.environ.get(VARIABLE, "0/1").partition("/")
        self._number, self._of = int(number), int(of)

    @property
    def whole(self) -> bool:
        """Whether there is no other."""
        return self._of == 1

    def __contains__(self, name: object) -> bool:
        # The stacks of one project begin alike, and are read from one file: they stay together.
        project, _, _ = str(name).rpartition("-")
        return name in self._wanted and zlib.crc32(project.encode()) % self._of == self._number


def processes(projects: int) -> int:
    """How many processes are to make the stacks of that many projects."""
    if os.environ.get("FAST_SYNTH") == "off" or VARIABLE in os.environ:
        return 1
    # macOS cannot say which processors a process may use.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, projects // WORTH_A_PROCESS))


def synthesise(program: Path, output: Path, number: int) -> int:
    """Runs the program that many times at once, each for its share, and puts together in ``output`` what they wrote.

    What they say on standard error is said once. The exit code is that of the first that failed; then nothing is written.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".shares-", dir=output) as scratch:
        folders = [Path(scratch) / str(share) for share in range(number)]
        running = [
            subprocess.Popen(
                [sys.executable, program],
                env={**os.environ, VARIABLE: f"{share}/{number}", "CDKTF_OUTDIR": str(folder)},
                stderr=subprocess.PIPE,
                text=True,
            )
            for share, folder in enumerate(folders)
        ]
        said = [line for process in running for line in process.communicate()[1].splitlines()]
        for line in dict.fromkeys(said):
            print(line, file=sys.stderr)
        if code := next((process.returncode for process in running if process.returncode), 0):
            return code
        _put_together(folders, output)
    return 0


def _put_together(folders: Sequence[Path], output: Path) -> None:
    manifest: dict[str, Any] = {}
    for folder in folders:
        part = json.loads((folder / "manifest.json").read_text())
        part["stacks"] = {**manifest.get("stacks", {}), **part["stacks"]}
        manifest = part
        for file in (folder / "stacks").glob("*/*"):
            # What Terraform left beside it stays.
            target = output / file.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
    for stack in manifest["stacks"].values():
        stack["dependencies"] = [base for base in stack["dependencies"] if base in manifest["stacks"]]
    (output / "manifest.json").write_text(as_cdktf_writes(manifest))
