"""Synthesis of selected stacks by the `app` command of cdktf.json."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from backend.digests import stack_folders, write_digests
from ops.errors import OpsError
from ops.paths import ROOT
from ops.progress import ProgressDisplay
from ops.terraform.environment import BIN, environment_of


def synthesise(
    names: Iterable[str], output: Path, console: Console | None = None, app: str | None = None
) -> dict[str, Path]:
    """Synthesise the stacks that the names or patterns match, or all, below ``output``; return the folder of each."""
    wanted = " ".join(names)
    check_node()
    output.mkdir(parents=True, exist_ok=True)
    with ProgressDisplay(console) if console else nullcontext() as display:
        if display:
            display.row("synthesis").show(wanted or "all stacks")
        _run(app or str(_configured()["app"]), {"AIRFLOW_ON_AWS_STACKS": wanted, "CDKTF_OUTDIR": str(output)}, wanted)
    write_digests(output)
    return stack_folders(output)


def output_folder(chosen: Path | None = None) -> Path:
    """Return the output folder of `cdktf synth`: ``chosen``, or the `output` of cdktf.json."""
    return (chosen or ROOT / str(_configured().get("output", "cdktf.out"))).absolute()


def publish(synthesised: Path, output: Path) -> None:
    """Copy a synthesis to the output folder, file by file; other files there, such as working folders, stay."""
    for file in sorted(path for path in synthesised.rglob("*") if path.is_file()):
        target = output / file.relative_to(synthesised)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(file, aside)
        aside.replace(target)


def take_over(names: Sequence[str], output: Path, working: Path) -> dict[str, Path]:
    """Copy the stacks of the last `cdktf synth` to a working folder; raise OpsError for a stack that is missing."""
    folders = {}
    for name in names:
        source = output / "stacks" / name
        if not (source / "cdk.tf.json").is_file():
            raise OpsError(f"--skip-synth: {source} has no cdk.tf.json; run `pipenv run cdktf synth` first")
        folders[name] = working / "stacks" / name
        folders[name].mkdir(parents=True)
        for file in source.glob("*.tf.json"):
            shutil.copyfile(file, folders[name] / file.name)
    return folders


def check_node() -> None:
    """Raise OpsError if Node is missing."""
    if not (BIN / "node").exists() and not shutil.which("node"):
        raise OpsError("Node is missing: run `make install`, which installs it, or install Node 22")


def _configured() -> dict[str, object]:
    return dict(json.loads((ROOT / "cdktf.json").read_text()))


def _run(app: str, variables: dict[str, str], wanted: str) -> None:
    process = subprocess.Popen(  # noqa: S602 - `app` is a line for a shell, as cdktf-cli runs it
        app,
        shell=True,
        cwd=ROOT,
        env=environment_of(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _, errors = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    if process.returncode:
        reason = (errors.strip().splitlines() or [f"`{app}` ended with {process.returncode}"])[-1]
        raise OpsError(f"{wanted or 'the stacks'} could not be synthesised: {reason}")
