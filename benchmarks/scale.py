"""Measure the synthesis of 1, 10, 100 and 1,000 projects with stock CDKTF and with fast_synth: `python -m benchmarks.scale`.

fast_synth has three columns: `first`, with an empty cache of stacks; `again`, with every stack in the cache; `one`, of one
project's stack only, as `cdktf deploy` synthesises it.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.measured_run import RunFailed, files_below, peak_memory, timed

ROOT = Path(__file__).resolve().parent.parent
# Files and folders that a synthesis reads.
NEEDED = (
    "main.py",
    "cdktf.json",
    "backend",
    "configuration",
    "environments",
    "fast_synth",
    "modules",
    "airflow/config",
)
FAST = [sys.executable, "-m", "fast_synth", "main.py"]
MODES = {"stock": [sys.executable, "main.py"], "first": FAST, "again": FAST}
ONE = "dev-project-0000-infrastructure"
COLUMNS = ("stock", "first", "again", "one")


def main(
    quick: Annotated[bool, typer.Option(help="1, 10 and 100 projects only.")] = False,
    stock_up_to: Annotated[int, typer.Option(help="Measure more projects without stock CDKTF.")] = 1000,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file, too.")] = None,
) -> None:
    """Measure time and memory of a warm synthesis by the number of projects, and of one project's stack.

    Exit code 1 if stock CDKTF and fast_synth write different files, never because of a figure. Takes about ten minutes.
    """
    rows = []
    out = Console(width=None if sys.stdout.isatty() else 140)
    with tempfile.TemporaryDirectory() as scratch:
        checkout = Path(scratch)
        for name in NEEDED:
            (checkout / name).parent.mkdir(exist_ok=True)
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy2)(ROOT / name, checkout / name)
        for count in (1, 10, 100) if quick else (1, 10, 100, 1000):
            _write_projects(checkout, count)
            row: dict[str, float] = {"projects": count}
            outputs = []
            for mode in MODES:
                if mode == "stock" and count > stock_up_to:
                    continue
                try:
                    row |= _measure(checkout, mode, mode, "")
                    outputs.append(files_below(checkout / "output"))
                except RunFailed as failure:
                    out.print(f"[red]{mode} failed at {count} projects:[/red]", str(failure))
                    raise typer.Exit(1) from None
            row |= _measure(checkout, "first", "one", ONE)
            rows.append(row)
            out.print(_table([row]))
            if any(output != outputs[0] for output in outputs):
                out.print("[red]Stock CDKTF and fast_synth wrote different files.[/red]")
                raise typer.Exit(1)
    out.print(_table(rows))
    if json_file:
        json_file.write_text(json.dumps(rows, indent=2) + "\n")


def _measure(checkout: Path, mode: str, label: str, stacks: str) -> dict[str, float]:
    """Return the seconds of one run, and the peak memory of a run before it, which fills jsii's cache."""
    environment = {
        "AIRFLOW_ON_AWS_STACKS": stacks,
        "CDKTF_OUTDIR": str(checkout / "output"),
        "FAST_SYNTH_CACHE": str(checkout / "cache"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(checkout / "cache" / "jsii"),
    }
    cached = checkout / "cache" / "stacks"
    peak = seconds = 0.0
    for run in (peak_memory, timed):
        shutil.rmtree(checkout / "output", ignore_errors=True)
        if mode == "first":
            shutil.rmtree(cached, ignore_errors=True)
        measured = run(MODES[mode], environment, checkout)
        peak, seconds = (measured, seconds) if isinstance(measured, int) else (peak, measured[0])
    return {f"{label} seconds": round(seconds, 2), f"{label} MB": round(peak / 1e6)}


def _write_projects(checkout: Path, count: int) -> None:
    """Write ``count`` projects into the environment dev; the other environments stay as shipped."""
    folder = checkout / "environments" / "dev" / "projects"
    text = (ROOT / "environments/dev/projects/weather.tfvars").read_text()
    shutil.rmtree(folder)
    folder.mkdir()
    for number in range(count):
        (folder / f"project-{number:04}.tfvars").write_text(text)


def _table(rows: list[dict[str, float]]) -> Table:
    table = Table(title=f"Synthesis by projects, {os.cpu_count()} cores")
    figures = [f"{column} {unit}" for unit in ("seconds", "MB") for column in COLUMNS]
    for column in ("projects", *figures, "first", "again"):
        table.add_column(column, justify="right")
    for row in rows:
        ratios = [
            f"1/{row['stock seconds'] / row[f'{mode} seconds']:.1f}" if "stock seconds" in row else ""
            for mode in ("first", "again")
        ]
        table.add_row(*(f"{row[column]:g}" if column in row else "" for column in ("projects", *figures)), *ratios)
    return table


if __name__ == "__main__":
    typer.run(main)
