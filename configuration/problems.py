"""Problems of configuration files, one line each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing to change in one file. Its text is a single line."""

    file: Path
    message: str
    line: int | None = None
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        subject = f"{self.field} = {self.value}" if self.field and self.value else self.field or self.value
        line = " ".join(f"{where}: {subject + ': ' if subject else ''}{self.message}".split())
        # Control characters in a value would control the terminal.
        return "".join(character if character.isprintable() else "\ufffd" for character in line)


class ConfigError(Exception):
    """Configuration is invalid. The message has one line for each problem."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def dotted(path: Path_) -> str:
    """Return a path as text: ``network.zones[1]`` for ``("network", "zones", 1)``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def shown(value: Any) -> str:
    """Return a value as tfvars spell it, cut to 60 characters; empty for an object or None."""
    if value is None or isinstance(value, dict):
        return ""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
