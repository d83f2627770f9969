"""Files that Airflow reads while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replace_file(file: Path) -> Iterator[TextIO]:
    """Open a new version of a file, readable by its owner only, which replaces the file atomically at the end."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("w") as text:
        yield text
    new.replace(file)
