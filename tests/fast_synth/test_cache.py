import os
import time
from pathlib import Path

import pytest

from fast_synth import cache
from tests.fast_synth.conftest import Project, found

EIP = "from cdktf_cdktf_provider_aws.eip import Eip\n"


def build(target: Path) -> None:
    target.mkdir()
    (target / "file").write_text("built")


def test_a_new_import_is_noticed(project: Project) -> None:
    first = project.probe().package
    project.write("modules/address.py", EIP)
    second = project.probe().package
    assert ((first / "eip").exists(), (second / "eip").exists()) == (False, True)


def test_the_same_sources_build_once(project: Project) -> None:
    first, second = (project.probe().package.stat() for _ in range(2))
    assert first.st_ctime_ns == second.st_ctime_ns


def test_two_builds_at_once_agree(cold: Project) -> None:
    packages = {found(process).package for process in [cold.start_probe(), cold.start_probe()]}
    assert [package.parent for package in packages] == cold.slim_packages()


def test_a_killed_build_is_repeated(cold: Project) -> None:
    process = cold.start_probe()
    while not list(cold.cache.glob("building-*/new/*/vpc")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert cold.probe().package.is_relative_to(cold.cache)


@pytest.mark.parametrize("file", ["cdktf_cdktf_provider_aws/vpc/__init__.py", "contents"])
def test_an_entry_with_a_missing_file_is_rebuilt(project: Project, file: str) -> None:
    entry = project.probe().package.parent
    (entry / file).unlink()
    project.probe()
    assert (entry / file).is_file()


@pytest.mark.parametrize("file", ["file", "contents"])
def test_an_entry_with_a_truncated_file_is_rebuilt(tmp_path: Path, file: str) -> None:
    entry = cache.entry(tmp_path, "key", build)
    os.truncate(entry / file, 3)
    assert (cache.entry(tmp_path, "key", build) / "file").read_text() == "built"


def test_a_complete_entry_is_not_rebuilt(tmp_path: Path) -> None:
    cache.entry(tmp_path, "key", build)
    (tmp_path / "key" / "file").write_text("found")
    assert (cache.entry(tmp_path, "key", build) / "file").read_text() == "found"


def test_entries_not_used_for_long_are_removed(tmp_path: Path) -> None:
    for age, key in enumerate(["new", "newer", "older", "old", "oldest"]):
        cache.entry(tmp_path, key, build)
        os.utime(tmp_path / key, (time.time() - age * 60 - 60,) * 2)
    cache.entry(tmp_path, "latest", build)
    assert {path.name for path in tmp_path.iterdir()} == {"latest", "new", "newer", "older"}


def test_the_stack_cache_is_not_pruned_as_an_old_entry(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    os.utime(tmp_path / "stacks", (0, 0))
    for key in "abcde":
        cache.entry(tmp_path, key, build)
    assert (tmp_path / "stacks").is_dir()


def test_using_an_entry_keeps_it(tmp_path: Path) -> None:
    cache.entry(tmp_path, "key", build)
    os.utime(tmp_path / "key", (0, 0))
    cache.entry(tmp_path, "key", build)
    assert (tmp_path / "key").stat().st_mtime > 0


def test_only_drafts_of_long_ago_are_removed(tmp_path: Path) -> None:
    for name in ("building-now", "building-killed"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / "building-killed", (0, 0))
    cache.entry(tmp_path, "key", build)
    assert {path.name for path in tmp_path.iterdir()} == {"key", "building-now"}


def test_a_faster_process_wins(tmp_path: Path) -> None:
    def slower(target: Path) -> None:
        build(target)
        (cache.entry(tmp_path, "key", build) / "file").write_text("first")

    assert (cache.entry(tmp_path, "key", slower) / "file").read_text() == "first"
