"""Working folders of runs, and what stays of them."""

import os
import time
from pathlib import Path

import pytest

from ops.terraform import working_folder
from ops.terraform.working_folder import ERRORED_STATE, KEPT_SECONDS, WorkingFolder


def stack(folder: WorkingFolder, name: str) -> Path:
    path = folder.synthesised / "stacks" / name
    (path / ".terraform").mkdir(parents=True)
    (path / "cdk.tf.json").write_text("{}")
    return path


def test_only_logs_and_states_that_were_not_uploaded_stay(tmp_path: Path) -> None:
    with WorkingFolder.create(tmp_path) as folder:
        stack(folder, "one")
        (stack(folder, "other") / ERRORED_STATE).write_text("{}")
        folder.log("one").write_text("printed")
    left = {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}
    assert left == {"one.log", f"cdktf.out/stacks/other/{ERRORED_STATE}", "cdktf.out/stacks/other/cdk.tf.json"}


def test_a_run_without_terraform_leaves_nothing(tmp_path: Path) -> None:
    with WorkingFolder.create(tmp_path) as folder:
        stack(folder, "one")
    assert not folder.path.exists()


def test_old_runs_are_deleted_unless_they_hold_a_state_or_may_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_folder, "KEPT_RUNS", 1)
    old = time.time() - KEPT_SECONDS - 60
    for name in ("1-old", "2-errored", "3-young", "4-newest"):
        (tmp_path / name).mkdir()
    (tmp_path / "2-errored" / ERRORED_STATE).touch()
    for name in ("1-old", "2-errored", "4-newest"):
        os.utime(tmp_path / name, (old, old))
    with WorkingFolder.create(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2-errored", "3-young", "4-newest"]


def test_two_runs_have_two_folders(tmp_path: Path) -> None:
    with WorkingFolder.create(tmp_path) as one, WorkingFolder.create(tmp_path) as other:
        assert one.path != other.path
