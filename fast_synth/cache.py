"""Keep what was built, one folder per key, safe from kills, from damage and from other processes."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

KEPT = 4
ABANDONED_AFTER_SECONDS = 3600
CONTENTS = "contents"
DRAFT = "building-"
STACKS = "stacks"  # the folder of kept_stacks, which lies beside the entries


def entry(folder: Path, key: str, build: Callable[[Path], None]) -> Path:
    """The folder of `key` below `folder`, filled by `build` if it is not there whole.

    It is built under another name and renamed, so that a folder of that name is either whole or was damaged later.
    """
    place = folder / key
    if not _is_whole(place):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=DRAFT, dir=folder) as draft:
            new = Path(draft) / "new"
            build(new)
            _list_contents(new)
            _publish(new, place, Path(draft) / "damaged")
        _prune(folder, place)
    os.utime(place)  # pruning goes by the last use
    return place


def _publish(new: Path, place: Path, damaged: Path) -> None:
    try:
        new.rename(place)
    except OSError:
        if _is_whole(place):
            return  # another process was faster, and equal keys mean equal content
        place.rename(damaged)
        new.rename(place)


def _list_contents(new: Path) -> None:
    files = sorted(path for path in new.rglob("*") if path.is_file())
    lines = [f"{path.stat().st_size} {path.relative_to(new).as_posix()}" for path in files]
    (new / CONTENTS).write_text("\n".join([*lines, "end"]), encoding="utf-8")


def _is_whole(place: Path) -> bool:
    """Sizes, not digests: they find files that are cut short or gone in 1 ms."""
    try:
        *lines, end = (place / CONTENTS).read_text(encoding="utf-8").split("\n")
        files = [line.partition(" ") for line in lines]
        return end == "end" and all(os.stat(f"{place}/{path}").st_size == int(size) for size, _, path in files)  # noqa: PTH116 - half the time
    except (OSError, ValueError):
        return False


def _prune(folder: Path, current: Path) -> None:
    """Keep the entries used last (branches have their own), and the drafts that may still be in the making."""
    now = time.time()
    found = [(path.stat().st_mtime, path) for path in folder.iterdir() if path not in (current, folder / STACKS)]
    entries = sorted((item for item in found if not item[1].name.startswith(DRAFT)), reverse=True)
    drafts = [path for used, path in found if path.name.startswith(DRAFT) and now - used > ABANDONED_AFTER_SECONDS]
    for path in [*drafts, *(path for _, path in entries[KEPT - 1 :])]:
        shutil.rmtree(path, ignore_errors=True)
