"""The text of a plan as Terraform prints it, without lines about refreshing and ephemeral values."""

import re
from collections.abc import Iterable

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_NOISE = re.compile(
    r"^(?:\S+: (?:Refreshing state|Reading|Still reading|Read complete|Preparing import|Opening|Still opening|Opening complete"
    r"|Renewing|Renewal complete|Closing|Closing complete)\b"
    r"|(?:Acquiring|Releasing) state lock\. This may take a few moments\.\.\.$)"
)
_PLAN = re.compile(r"^Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy")
# Text about the plan file, which is internal, begins with one of these.
_END = ("Saved the plan to:", "Note: You didn't use the -out option")


def plain(line: str) -> str:
    """Return the line without colours."""
    return _ESCAPES.sub("", line)


def plan_text(lines: Iterable[str]) -> str:
    """Return the readable part of the output of `terraform plan`."""
    kept: list[str] = []
    for line in lines:
        text = plain(line)
        if text.startswith(_END):
            while kept and not plain(kept[-1]).strip(" ─"):
                kept.pop()
            break
        if not _NOISE.match(text) and (text.strip() or (kept and kept[-1].strip())):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def number_of_changes(lines: Iterable[str]) -> int:
    """Return the number of resources that the plan imports, adds, changes and destroys."""
    for line in lines:
        if found := _PLAN.match(plain(line)):
            return sum(int(number or 0) for number in found.groups())
    return 0


def errors_in(lines: Iterable[str]) -> list[str]:
    """Return the errors in the output of a Terraform command, without the boxes around them."""
    found: list[list[str]] = []
    current: list[str] | None = None
    for line in lines:
        text = plain(line)
        body = text.removeprefix("│").strip()
        if body.startswith(("Error:", "Warning:")):
            current = [body.removeprefix("Error: ")]
            if body.startswith("Error:"):
                found.append(current)
        elif text.startswith(("╷", "╵")):
            current = None
        elif current is not None:
            current.append(body)
    return ["\n".join(one).strip() for one in found]
