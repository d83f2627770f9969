"""A full disk causes an error of one line, with the folder and the remedy, in every command."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import disk
from local_aws.errors import report_error
from ops.errors import OpsError
from tests.checkout import ROOT, Checkout
from tests.programs import missing


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """Checkout on a separate disk, which is full."""
    if os.geteuid():
        missing("only root can mount a small disk; the other tests here simulate it")
    folder = tmp_path_factory.mktemp("disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "airflow-test", str(folder)], check=True)
    try:
        checkout = Checkout.make(folder)
        with contextlib.suppress(OSError), (folder / "filling").open("wb", buffering=0) as filling:
            while True:
                filling.write(bytes(2**12))
        yield checkout
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("fast_synth", "-m", "ops", "local-aws", "start"),
        ("fast_synth", "-m", "ops", "demo"),
        ("local_aws", "start"),
        ("fast_synth", "-m", "ops.cdktf", "deploy", "local-platform"),
    ],
)
def test_a_command_on_a_full_disk_ends_with_its_folder_and_the_remedy(
    full: Checkout, arguments: tuple[str, ...]
) -> None:
    refused = full.run("python", "-m", *arguments, code=1, FAST_SYNTH_CACHE=str(ROOT / ".cache/fast_synth"))
    [line] = refused.stderr.splitlines()
    assert line.startswith(f"error: no space is left on the disk of {full.path}: free some (`df -h {full.path}` shows")


def disks(monkeypatch: pytest.MonkeyPatch, **changes: int) -> None:
    """Let os.statvfs report these values for every disk."""
    names = (
        "f_bsize",
        "f_frsize",
        "f_blocks",
        "f_bfree",
        "f_bavail",
        "f_files",
        "f_ffree",
        "f_favail",
        "f_flag",
        "f_namemax",
    )
    room = dict.fromkeys(names, 2**20) | changes
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(room[name] for name in names))


@pytest.mark.parametrize(
    ("room", "says"),
    [({}, False), ({"f_bavail": 0}, True), ({"f_favail": 0}, True), ({"f_files": 0, "f_favail": 0}, False)],
    ids=["room", "no blocks", "no inodes", "inodes are not counted"],
)
def test_a_disk_is_full_without_blocks_or_inodes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, room: dict[str, int], says: bool
) -> None:
    disks(monkeypatch, **room)
    assert (str(tmp_path) in disk.full([tmp_path])) is says


def test_an_error_of_a_program_on_a_full_disk_begins_with_the_disk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disks(monkeypatch, f_bavail=0)
    assert report_error(OpsError("initdb failed with 1: could not write\nand more")) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: no space is left on the disk of ")
    assert said.endswith(" and try again (initdb failed with 1: could not write)\n")


def test_a_full_quota_names_the_file_where_the_disk_has_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disks(monkeypatch)
    assert report_error(OSError(errno.EDQUOT, "Disk quota exceeded", "/home/ann/x")) == 1
    assert capsys.readouterr().err.startswith("error: no space is left on the disk of /home/ann/x: free some")


def test_any_other_error_of_the_system_is_raised_again() -> None:
    with pytest.raises(FileNotFoundError):
        report_error(FileNotFoundError(errno.ENOENT, "No such file", "/x"))
