"""A full disk, told from what else may have gone wrong."""

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# With less than this nothing that is started here works.
LEAST = 2**20
_FULL = {errno.ENOSPC, errno.EDQUOT}
# Where commands write: .local, .cache and cdktf.out, what programs keep for a moment, the data of `ops airflow`.
FOLDERS = (ROOT, Path(tempfile.gettempdir()), Path("/var/tmp"))  # noqa: S108 - nothing is written there, it is asked for its room


def full(folders: Iterable[Path] = FOLDERS) -> str:
    """What to say where nothing more fits beside one of these folders; nothing where there is room."""
    for folder in folders:
        if folder.exists() and not _has_room(os.statvfs(folder)):
            return _said(folder)
    return ""


def reason(error: OSError) -> str:
    """The same for an error that is one of a full disk; nothing for any other."""
    if error.errno not in _FULL:
        return ""
    return full() or _said(Path(error.filename or ROOT))


def _has_room(disk: os.statvfs_result) -> bool:
    # A file system that has no inodes to count says 0 of 0.
    return disk.f_bavail * disk.f_frsize >= LEAST and (disk.f_favail > 0 or not disk.f_files)


def _said(folder: Path) -> str:
    return (
        f"no space is left on the disk of {folder}: free some (`df -h {folder}` shows how much there is) and try again"
    )
