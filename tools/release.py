"""Check that version, changelog and tag agree, and print the release notes of a tag.

usage: python -m tools.release [TAG]

The version is `project.version` in `pyproject.toml`, and nowhere else. Without TAG, `CHANGELOG.md` must have a section for
that version, dated or `Unreleased`. With TAG, the tag must be `v<version>` and the section dated; its text is printed.
"""

import re
import sys
import tomllib
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")


class ReleaseError(Exception):
    """Version, changelog and tag disagree; the message says where and what to change."""


def version(pyproject: str) -> str:
    """Return the version in the text of `pyproject.toml`."""
    number: str = tomllib.loads(pyproject)["project"]["version"]
    if not VERSION.fullmatch(number):
        raise ReleaseError(f"pyproject.toml: version {number!r} is not a semantic version; write it as 1.2.3")
    return number


def section(changelog: str, number: str) -> tuple[str, str]:
    """Return the date of a version's section in `CHANGELOG.md`, or `Unreleased`, and its text."""
    heading = re.compile(rf"^## \[{re.escape(number)}\] - (\S+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    found = heading.findall(changelog)
    if len(found) != 1:
        raise ReleaseError(
            f"CHANGELOG.md: {len(found)} headings `## [{number}] - <date>`, expected one, for the version in pyproject.toml"
        )
    [(when, text)] = found
    if not text.strip():
        raise ReleaseError(f"CHANGELOG.md: the section of {number} is empty; list what changed")
    return when, text.strip() + "\n"


def notes(tag: str, pyproject: str, changelog: str) -> str:
    """Return the release notes of a tag."""
    number = version(pyproject)
    if tag != f"v{number}":
        raise ReleaseError(
            f"tag {tag} does not match version {number} in pyproject.toml; tag v{number}, or change the version"
        )
    when, text = section(changelog, number)
    try:
        date.fromisoformat(when)
    except ValueError:
        raise ReleaseError(
            f"CHANGELOG.md: section {number} is dated {when!r}; write the day of the release, as 2027-01-31"
        ) from None
    return text


def main(arguments: list[str]) -> str:
    """Run the command line and return what it prints."""
    pyproject, changelog = ((ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CHANGELOG.md"))
    if arguments:
        return notes(arguments[0], pyproject, changelog)
    number = version(pyproject)
    return f"{number}, {section(changelog, number)[0]}\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(main(sys.argv[1:]))
    except ReleaseError as error:
        sys.exit(f"error: {error}")
