"""Files that Airflow reads while it runs: whole at every moment, and for their owner only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replace_file(file: Path) -> Iterator[TextIO]:
    """To write the file anew."""
    aside = file.with_name(f"{file.name}.new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    with aside.open("w") as text:
        yield text
    aside.replace(file)
