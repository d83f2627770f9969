"""Problems of a configuration file; each prints as a line."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing to change in one file; prints as one line."""

    file: Path
    message: str
    line: int | None = None
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        subject = f"{self.field} = {self.value}" if self.field and self.value else self.field or self.value
        line = " ".join(f"{where}: {subject + ': ' if subject else ''}{self.message}".split())
        # A terminal obeys control characters.
        return "".join(character if character.isprintable() else "\ufffd" for character in line)


class ConfigError(Exception):
    """Configuration was refused: one problem or several, a line each."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def dotted(path: Path_) -> str:
    """``network.zones[1]`` for ``("network", "zones", 1)``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def shown(value: Any) -> str:
    """A value as the file would spell it, cut to a length that fits a line; nothing for an object or no value."""
    if value is None or isinstance(value, dict):
        return ""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
