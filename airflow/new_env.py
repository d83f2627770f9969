"""Writes .env for compose.yaml: .env.example with fresh secrets. Run again, it adds what is missing and changes nothing.

It needs no more than Python: ``python3 new_env.py``.
"""

import base64
import re
import secrets
from pathlib import Path

HERE = Path(__file__).parent
_SETTING = re.compile(r"^(\w+)=(.*)$")


def fresh(name: str) -> str:
    """A secret that may stand in a URL; a Fernet key is 32 bytes in Base64."""
    if name == "FERNET_KEY":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(16 if name.endswith("_PASSWORD") else 64)


def is_secret(name: str) -> bool:
    """Whether the name says that what it holds is secret."""
    return name.endswith(("_KEY", "_PASSWORD", "_SECRET"))


def missing(example: str, present: str) -> list[str]:
    """The lines to add, each setting with the comment above it."""
    known = {found[1] for line in present.splitlines() if (found := _SETTING.match(line))}
    added: list[str] = []
    comment: list[str] = []
    for line in example.splitlines():
        found = _SETTING.match(line)
        if found and found[1] not in known:
            name, value = found.groups()
            added += [*comment, f"{name}={fresh(name) if is_secret(name) and not value else value}"]
        comment = [*comment, line] if line.startswith("#") or not line else []
    return added


def main(folder: Path = HERE) -> None:
    """Writes the file, readable by its owner only, in one step."""
    path = folder / ".env"
    present = path.read_text() if path.exists() else ""
    added = missing((folder / ".env.example").read_text(), present)
    if not added:
        print(f"{path} has everything")
        return
    aside = path.with_name(".env.new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_text(present + "\n".join(added) + "\n")
    aside.replace(path)
    print(f"wrote {path}: sign in as admin with its ADMIN_PASSWORD")


if __name__ == "__main__":
    main()
