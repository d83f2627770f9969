"""Cache of built folders, one per key; safe against kills, damage and concurrent processes."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

MOST_ENTRIES = 4
ABANDONED_AFTER_SECONDS = 3600
CONTENTS = "contents"
DRAFT = "building-"
STACKS = "stacks"  # folder of the stack cache, which is among the entries


def folder(root: Path) -> Path:
    """Return the folder of the cache for the project in ``root``."""
    return Path(os.environ.get("FAST_SYNTH_CACHE") or root / ".cache" / "fast_synth").absolute()


def entry(folder: Path, key: str, build: Callable[[Path], None]) -> Path:
    """Return the entry of ``key`` in ``folder``; ``build`` fills it if it is missing or damaged.

    It is built under another name and renamed, so that an entry is either complete or was damaged later.
    """
    path = folder / key
    if not _is_complete(path):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=DRAFT, dir=folder) as draft:
            new = Path(draft) / "new"
            build(new)
            _list_contents(new)
            _publish(new, path, Path(draft) / "damaged")
        _prune(folder, path)
    os.utime(path)  # _prune() removes the entries with the oldest use
    return path


def _publish(new: Path, path: Path, damaged: Path) -> None:
    try:
        new.rename(path)
    except OSError:
        if _is_complete(path):
            return  # another process was faster, and equal keys mean equal content
        path.rename(damaged)
        new.rename(path)


def _list_contents(new: Path) -> None:
    files = sorted(path for path in new.rglob("*") if path.is_file())
    lines = [f"{path.stat().st_size} {path.relative_to(new).as_posix()}" for path in files]
    (new / CONTENTS).write_text("\n".join([*lines, "end"]), encoding="utf-8")


def _is_complete(path: Path) -> bool:
    """Compare sizes, not digests: that finds missing and truncated files in 1 ms."""
    try:
        *lines, end = (path / CONTENTS).read_text(encoding="utf-8").split("\n")
        files = [line.partition(" ") for line in lines]
        return end == "end" and all(os.stat(f"{path}/{name}").st_size == int(size) for size, _, name in files)  # noqa: PTH116 - half the time
    except (OSError, ValueError):
        return False


def _prune(folder: Path, current: Path) -> None:
    """Remove all but the entries used last (branches have different ones), and drafts that no process is building."""
    now = time.time()
    found = [(path.stat().st_mtime, path) for path in folder.iterdir() if path not in (current, folder / STACKS)]
    entries = sorted((item for item in found if not item[1].name.startswith(DRAFT)), reverse=True)
    drafts = [path for used, path in found if path.name.startswith(DRAFT) and now - used > ABANDONED_AFTER_SECONDS]
    for path in [*drafts, *(path for _, path in entries[MOST_ENTRIES - 1 :])]:
        shutil.rmtree(path, ignore_errors=True)
