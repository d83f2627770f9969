"""Detection of a full disk as the cause of an error."""

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Fewer free bytes than this count as full: no command works with less.
MINIMUM_BYTES = 2**20
_FULL = {errno.ENOSPC, errno.EDQUOT}
# Folders to which commands write: .local, .cache and cdktf.out; temporary files; the data of `ops airflow`.
FOLDERS = (ROOT, Path(tempfile.gettempdir()), Path("/var/tmp"))  # noqa: S108 - only its free space is read


def full(folders: Iterable[Path] = FOLDERS) -> str:
    """Return a message that names the first of these folders whose disk is full, or an empty string."""
    for folder in folders:
        if folder.exists() and not _has_room(os.statvfs(folder)):
            return _message(folder)
    return ""


def reason(error: OSError) -> str:
    """Return that message for an error caused by a full disk or quota, or an empty string for any other error."""
    if error.errno not in _FULL:
        return ""
    return full() or _message(Path(error.filename or ROOT))


def _has_room(disk: os.statvfs_result) -> bool:
    # A file system without inodes reports 0 of 0.
    return disk.f_bavail * disk.f_frsize >= MINIMUM_BYTES and (disk.f_favail > 0 or not disk.f_files)


def _message(folder: Path) -> str:
    return (
        f"no space is left on the disk of {folder}: free some (`df -h {folder}` shows how much there is) and try again"
    )
