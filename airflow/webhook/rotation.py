"""Rotation of the secret: a new secret next to the old secret, and later the removal of the old secret."""

import os
import secrets
import tempfile
from pathlib import Path

from webhook.settings import SettingsError


def rotate(file: Path) -> str:
    """Add a new secret; the current secret stays valid. Return the next steps. Raises SettingsError."""
    known = file.read_text().split() if file.exists() else []
    if len(known) > 1:
        raise SettingsError(f"{file} has a previous secret already: remove it with `python -m webhook retire`")
    _write(file, [secrets.token_hex(32), *known])
    step = f"The first line of {file} is the new secret: set it in GitHub."
    if not known:
        return step
    return f'{step} When the log of a delivery shows "secret": "current", remove the old secret: `python -m webhook retire`'


def retire(file: Path) -> str:
    """Remove the previous secret; return a message. Raises SettingsError."""
    known = file.read_text().split() if file.exists() else []
    if len(known) != 2:
        raise SettingsError(f"{file} has no previous secret: nothing to retire")
    _write(file, known[:1])
    return f"{file} has the current secret only; requests signed with the previous secret are refused from now on"


def _write(file: Path, lines: list[str]) -> None:
    """Replace the file atomically, with the same owner and mode."""
    number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    temporary = Path(name)
    with os.fdopen(number, "w") as writer:
        writer.write("".join(f"{line}\n" for line in lines))
    if file.exists():
        old = file.stat()
        os.chown(temporary, old.st_uid, old.st_gid)
        temporary.chmod(old.st_mode & 0o777)
    temporary.replace(file)
