"""Commands and outputs of a page of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Alone on a line it matches any number of lines; inside a line, any text.
DOTS = "…"
# Texts that differ in each run: durations and times.
VARYING = ((r"\b\d+(\.\d+)? s\b", "0 s"), (r"\b\d{4}-\d\d-\d\d\b", "2000-01-01"))


@dataclass
class Step:
    """Command of the page, and the lines of its output that the page shows."""

    command: str
    shown: list[str] = field(default_factory=list)

    def untrue(self, output: str) -> list[str]:
        """Return the first block of the page that the output lacks, or else the lines after the last block."""
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
    """Yield the commands of the console blocks of a page, in their order."""
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
    """Split lines at those that are only dots; the first or last part is empty if there are dots at that end."""
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
    # cdktf prints the stack's name only if the previous line was about another stack.
    text = re.sub(r"^[a-z-]+ {2,}", "", line.strip())
    for pattern, instead in VARYING:
        text = re.sub(pattern, instead, text)
    return text
