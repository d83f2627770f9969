"""Remove the package index from `Pipfile.lock`: `make lock` calls this, so that any mirror of PyPI can install from the lock."""

import json
from pathlib import Path

LOCK = Path(__file__).parent.parent / "Pipfile.lock"


def without_index(text: str) -> str:
    """Return a `Pipfile.lock` that names no index: pip's own configuration decides, and the hashes still have to match."""
    lock = json.loads(text)
    lock["_meta"]["sources"] = []
    for group in ("default", "develop"):
        for package in lock[group].values():
            package.pop("index", None)
    return json.dumps(lock, indent=4) + "\n"


if __name__ == "__main__":
    LOCK.write_text(without_index(LOCK.read_text(encoding="utf-8")), encoding="utf-8")
