"""Writes .env for compose.yaml from .env.example, with generated secrets. It adds missing settings to an existing .env.

It needs only Python: ``python3 new_env.py``.
"""

import base64
import re
import secrets
from pathlib import Path

HERE = Path(__file__).parent
_SETTING = re.compile(r"^(\w+)=(.*)$")


def generate_secret(name: str) -> str:
    """Return a secret without characters that a URL would escape; a Fernet key is 32 bytes in Base64."""
    if name == "FERNET_KEY":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(16 if name.endswith("_PASSWORD") else 64)


def is_secret(name: str) -> bool:
    """Return True if a setting with this name is a secret."""
    return name.endswith(("_KEY", "_PASSWORD", "_SECRET"))


def missing_lines(example: str, present: str) -> list[str]:
    """Return the lines to add: each missing setting with the comment above it."""
    known = {found[1] for line in present.splitlines() if (found := _SETTING.match(line))}
    added: list[str] = []
    comment: list[str] = []
    for line in example.splitlines():
        found = _SETTING.match(line)
        if found and found[1] not in known:
            name, value = found.groups()
            added += [*comment, f"{name}={generate_secret(name) if is_secret(name) and not value else value}"]
        comment = [*comment, line] if line.startswith("#") or not line else []
    return added


def main(folder: Path = HERE) -> None:
    """Replace the file atomically, with mode 0600."""
    path = folder / ".env"
    present = path.read_text() if path.exists() else ""
    added = missing_lines((folder / ".env.example").read_text(), present)
    if not added:
        print(f"{path} is complete")
        return
    temporary = path.with_name(".env.new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(present + "\n".join(added) + "\n")
    temporary.replace(path)
    print(f"wrote {path}; sign in as admin with its ADMIN_PASSWORD")


if __name__ == "__main__":
    main()
