"""A new secret while GitHub still signs with the old one, and the end of the old one."""

import os
import secrets
import tempfile
from pathlib import Path

from webhook.settings import SettingsError


def rotate(file: Path) -> str:
    """Put a new secret before the current one, which is accepted on; what to do next. Raises SettingsError."""
    known = file.read_text().split() if file.exists() else []
    if len(known) > 1:
        raise SettingsError(f"{file} has a previous secret already: end it with `python -m webhook retire`")
    _write(file, [secrets.token_hex(32), *known])
    said = f"The first line of {file} is the new secret: give it to GitHub."
    if not known:
        return said
    return f'{said} Once the log says "secret": "current" of a delivery, end the old one: `python -m webhook retire`'


def retire(file: Path) -> str:
    """Keep the current secret only; what was done. Raises SettingsError."""
    known = file.read_text().split() if file.exists() else []
    if len(known) != 2:
        raise SettingsError(f"{file} has no previous secret: nothing to retire")
    _write(file, known[:1])
    return f"{file} has the current secret only; what the previous one signs is refused from now on"


def _write(file: Path, lines: list[str]) -> None:
    """In one step, readable by whom the file was readable by."""
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    aside = Path(name)
    with os.fdopen(number, "w") as writer:
        writer.write("".join(f"{line}\n" for line in lines))
    if file.exists():
        was = file.stat()
        os.chown(aside, was.st_uid, was.st_gid)
        aside.chmod(was.st_mode & 0o777)
    aside.replace(file)
