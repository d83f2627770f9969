"""The commands and outputs of a page of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Alone on a line it stands for any lines, or none; within one for any text.
DOTS = "…"
# What is another at each run: how long it took, and when it was.
VARYING = ((r"\b\d+(\.\d+)? s\b", "0 s"), (r"\b\d{4}-\d\d-\d\d\b", "2000-01-01"))


@dataclass
class Step:
    """A command, as the page has it, and the lines that the page shows of its output."""

    command: str
    shown: list[str] = field(default_factory=list)

    def untrue(self, output: str) -> list[str]:
        """The lines of the page that are not there, one right after the other; or what is there and not on the page."""
        lines = [_plain(line) for line in output.splitlines() if line.strip()]
        blocks = list(_blocks(self.shown))
        at = 0
        for number, block in enumerate(blocks):
            last = len(lines) - len(block)
            first = at if number < len(blocks) - 1 else max(at, last)
            places = range(first, last + 1) if number else range(min(1, last + 1))
            found = next((place for place in places if _fit(block, lines[place:])), None)
            if found is None:
                return block
            at = found + len(block)
        return lines[at:]


def steps(page: Path) -> Iterator[Step]:
    """Those of the console blocks, in their order."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
        step: Step | None = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Step(line.removeprefix("$ "))
            elif step and line.strip():
                step.shown.append(line)
        if step:
            yield step


def _blocks(shown: list[str]) -> Iterator[list[str]]:
    """What stands between lines of dots; empty at an end that has dots."""
    block: list[str] = []
    for line in shown:
        if line.strip() == DOTS:
            yield block
            block = []
        else:
            block.append(line)
    yield block


def _fit(block: list[str], lines: list[str]) -> bool:
    expected = (re.escape(_plain(line)).replace(DOTS, ".*") for line in block)
    return all(re.fullmatch(pattern, line) for pattern, line in zip(expected, lines, strict=False))


def _plain(line: str) -> str:
    # cdktf says whose a line is where the one before was another stack's.
    text = re.sub(r"^[a-z-]+ {2,}", "", line.strip())
    for pattern, instead in VARYING:
        text = re.sub(pattern, instead, text)
    return text
