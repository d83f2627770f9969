"""The commands and outputs of a page of the documentation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Step:
    """A command, as the page has it, and the lines that the page shows of its output."""

    command: str
    shown: list[str] = field(default_factory=list)

    def untrue(self, output: str) -> list[str]:
        """The lines that are not in the output, in that order; numbers may differ."""
        lines = iter(_plain(line) for line in output.splitlines())
        return [line for line in self.shown if not any(_plain(line) == other for other in lines)]


def steps(page: Path) -> Iterator[Step]:
    """Those of the console blocks, in their order. A line of dots stands for what is left out."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
        step: Step | None = None
        for line in block.splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Step(line.removeprefix("$ "))
            elif step and line.strip() not in ("", "…"):
                step.shown.append(line)
        if step:
            yield step


def _plain(line: str) -> str:
    # cdktf says whose a line is where the one before was another stack's.
    text = re.sub(r"^[a-z-]+ {2,}", "", line.strip())
    return re.sub(r"[0-9a-f]*\d[0-9a-f]*", "0", text)
