import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measured_run import files_below
from tests.checkout import ROOT
from tests.fast_synth.conftest import FAST, STOCK, copy_project


def synthesise(folder: Path, *runner: str) -> dict[str, bytes]:
    """Run main.py in a copy of the project; return the files that it writes."""
    environment = {**os.environ, "AIRFLOW_ON_AWS_STACKS": "dev-*", "CDKTF_OUTDIR": str(folder / "output")}
    subprocess.run([sys.executable, *runner, "main.py"], cwd=folder, env=environment, check=True)
    written = files_below(folder / "output")
    shutil.rmtree(folder / "output")
    return written


def test_stock_cdktf_writes_the_same_as_a_fast_synthesis_and_uses_no_cache(tmp_path: Path) -> None:
    copy_project(tmp_path)
    stock = synthesise(tmp_path, *STOCK)
    assert "stacks/dev-platform/cdk.tf.json" in stock
    assert not (tmp_path / ".cache").exists()
    assert synthesise(tmp_path, *FAST) == stock
    assert len(list((tmp_path / ".cache/fast_synth/stacks").iterdir())) == 3
    assert synthesise(tmp_path, *FAST) == stock


def test_it_has_less_than_30_lines_and_nothing_about_fast_synthesis() -> None:
    text = (ROOT / "main.py").read_text()
    assert len(text.splitlines()) < 30
    assert "fast" not in text


@pytest.mark.parametrize("runner", [STOCK, FAST], ids=["stock", "fast"])
def test_wrong_configuration_ends_it_with_one_line(runner: tuple[str, ...], tmp_path: Path) -> None:
    copy_project(tmp_path)
    file = tmp_path / "environments/dev/platform.tfvars"
    file.write_text(file.read_text() + "\nzones = 3\n")
    run = subprocess.run(
        [sys.executable, *runner, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert "environments/dev/platform.tfvars" in line
    assert "zones" in line
