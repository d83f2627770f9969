"""Commands that need no construct import none and start no Node, so they answer at once."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import ROOT

CONSTRUCTS = {"cdktf", "constructs", "cdktf_cdktf_provider_aws", "jsii"}


@dataclass(frozen=True)
class Run:
    """A finished program, with the packages of CONSTRUCTS that it imported and the number of Nodes that it started."""

    code: int
    output: str
    imported: set[str]
    nodes: int


def run(folder: Path, *arguments: str) -> Run:
    """Run ``python ARGUMENTS``."""
    notes = folder / "notes"
    notes.touch()
    node = folder / "node"
    node.write_text(f'#!/bin/sh\necho started >> {notes}\nexec {ROOT}/.venv/bin/node "$@"\n')
    node.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPROFILEIMPORTTIME": "1", "JSII_NODE": str(node)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "encodings" in modules
    return Run(done.returncode, done.stdout, modules & CONSTRUCTS, len(notes.read_text().splitlines()))


def test_an_import_of_constructs_would_be_found(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import modules.bucket")
    assert run(tmp_path, "-m", "fast_synth", str(program)) == Run(0, "", CONSTRUCTS, 1)


@pytest.mark.parametrize("runner", [[], ["-m", "fast_synth"]], ids=["python", "fast_synth"])
@pytest.mark.parametrize("module", ["ops", "ops.cli", "configuration.problems"])
def test_importing_the_commands_imports_no_construct(tmp_path: Path, module: str, runner: list[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import {module}")
    assert run(tmp_path, *runner, str(program)) == Run(0, "", set(), 0)


@pytest.mark.parametrize("runner", [[], ["-m", "fast_synth"]], ids=["python", "fast_synth"])
@pytest.mark.parametrize("command", [[], ["local-aws"], ["deploy"], ["image", "push"], ["airflow", "start"]])
def test_help_imports_no_construct(tmp_path: Path, command: list[str], runner: list[str]) -> None:
    done = run(tmp_path, *runner, "-m", "ops", *command, "--help")
    assert "Usage: python -m ops" in done.output
    assert (done.code, done.imported, done.nodes) == (0, set(), 0)


def test_the_status_of_the_local_aws_imports_no_construct(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "fast_synth", "-m", "ops", "local-aws", "status", "--root", str(tmp_path))
    assert (done.code, done.output, done.imported, done.nodes) == (3, "not running\n", set(), 0)
