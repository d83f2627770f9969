"""Measure main.py with stock CDKTF and with fast_synth, side by side in one run: `python -m benchmarks.synth`."""

import json
import os
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.measured_run import RunFailed, files_below, peak_memory, timed

MODES = {"stock": [sys.executable], "fast": [sys.executable, "-m", "fast_synth"]}
TEMPERATURES = ("warm", "cold", "first")


@dataclass
class Measured:
    """Figures of one mode at one temperature."""

    seconds: list[float] = field(default_factory=list)
    peak_bytes: int = 0

    @property
    def median(self) -> float:
        """Median time in seconds."""
        return statistics.median(self.seconds)


class Comparison:
    """Runs of ``app`` in both modes at every temperature, and the files in which their output differs."""

    def __init__(self, app: Path, scratch: Path) -> None:
        self.app = str(app)
        self.scratch = scratch
        self.numbers = count()
        self.measured = {(mode, temperature): Measured() for mode in MODES for temperature in TEMPERATURES}
        self.output: dict[str, bytes] | None = None
        self.differences: set[str] = set()
        self.notes: set[str] = set()

    def watch(self, mode: str, temperature: str) -> None:
        """Measure memory. The first run fills the caches of the runs that follow."""
        environment = self._environment(mode, "warm" if temperature == "first" else temperature)
        self.measured[mode, temperature].peak_bytes = peak_memory([*MODES[mode], self.app], environment, Path.cwd())
        self._compare(environment)

    def time(self, mode: str, temperature: str) -> None:
        """Measure time."""
        environment = self._environment(mode, temperature)
        seconds, errors = timed([*MODES[mode], self.app], environment, Path.cwd())
        self.measured[mode, temperature].seconds.append(seconds)
        self.notes |= {line for line in errors.splitlines() if line.startswith("fast_synth:")}
        self._compare(environment)

    def _environment(self, mode: str, temperature: str) -> dict[str, str]:
        filled, empty = self.scratch / mode, self.scratch / f"empty-{next(self.numbers)}"
        # Every run builds every stack: benchmarks.scale measures the cache of stacks.
        shutil.rmtree(filled / "fast_synth" / "stacks", ignore_errors=True)
        return {
            "CDKTF_OUTDIR": str(self.scratch / f"output-{next(self.numbers)}"),
            "FAST_SYNTH_CACHE": str((empty if temperature == "first" else filled) / "fast_synth"),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str((filled if temperature == "warm" else empty) / "jsii"),
        }

    def _compare(self, environment: dict[str, str]) -> None:
        output = files_below(Path(environment["CDKTF_OUTDIR"]))
        expected = self.output = self.output or output
        self.differences |= {name for name in expected.keys() | output.keys() if expected.get(name) != output.get(name)}


def main(
    app: Annotated[Path, typer.Option(help="The program that synthesises, run in the current folder.")] = Path(
        "main.py"
    ),
    repetitions: Annotated[int, typer.Option(min=1, help="Timed runs of each kind; the output shows medians.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")] = None,
) -> None:
    """Compare `python main.py`, stock CDKTF, with `python -m fast_synth main.py`: time, memory, output.

    Warm: every run but the first. Cold: the first run after `make install`, with the slim package but with an empty jsii
    cache of unpacked packages. First: without the slim package, too. Runs of both modes alternate, so that a busy machine
    slows both. Takes about a minute per repetition.

    Exit code 1 if the two write different files or a run fails, never because of a figure. Run it from the root of the
    repository: python -m benchmarks.synth --repetitions 5 --json bench.json
    """
    steps = [(mode, temperature) for temperature in reversed(TEMPERATURES) for mode in MODES]
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as scratch, Progress(console=console) as progress:
        comparison = Comparison(app, Path(scratch))
        task = progress.add_task("", total=len(steps) * (repetitions + 1))
        try:
            for mode, temperature in steps:
                progress.update(task, description=f"memory, {temperature} {mode}")
                comparison.watch(mode, temperature)
                progress.advance(task)
            for number in range(repetitions):
                for mode, temperature in steps:
                    progress.update(task, description=f"time {number + 1}, {temperature} {mode}")
                    comparison.time(mode, temperature)
                    progress.advance(task)
        except RunFailed as failure:
            progress.stop()
            console.print(f"[red]{mode} failed, {temperature}:[/red]", str(failure), markup=True)
            raise typer.Exit(1) from None
    _show(comparison, repetitions)
    if json_file:
        json_file.write_text(json.dumps(_as_json(comparison), indent=2) + "\n")
    raise typer.Exit(1 if comparison.differences else 0)


def _show(comparison: Comparison, repetitions: int) -> None:
    table = Table(title=f"Synthesis, medians of {repetitions}, {os.cpu_count()} cores")
    for heading in ("", "stock s", "fast s", "faster", "stock MB", "fast MB", "smaller"):
        table.add_column(heading, justify="right")
    for temperature in TEMPERATURES:
        stock, fast = (comparison.measured[mode, temperature] for mode in MODES)
        times = (f"{stock.median:.2f}", f"{fast.median:.2f}", f"{stock.median / fast.median:.1f} x")
        memory = (f"{stock.peak_bytes / 1e6:.0f}", f"{fast.peak_bytes / 1e6:.0f}")
        table.add_row(temperature, *times, *memory, f"{stock.peak_bytes / fast.peak_bytes:.1f} x")
    console = Console()
    console.print(table)
    for note in sorted(comparison.notes):
        console.print(f"[yellow]{note}[/yellow]")
    if comparison.differences:
        console.print("[red]Different output:[/red]", ", ".join(sorted(comparison.differences)))
    else:
        console.print(f"All runs wrote the same {len(comparison.output or {})} files, byte for byte.")


def _as_json(comparison: Comparison) -> dict[str, object]:
    figures = {f"{mode} {temperature}": asdict(it) for (mode, temperature), it in comparison.measured.items()}
    return {**figures, "differences": sorted(comparison.differences), "notes": sorted(comparison.notes)}


if __name__ == "__main__":
    typer.run(main)
