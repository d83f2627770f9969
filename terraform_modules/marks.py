"""Values that no configuration has, and the expression of variables that each stands for in what is synthesised."""

import re
from dataclasses import dataclass
from typing import Any

from terraform_modules.merge import Document

PARTITION = "${data.aws_partition.current.partition}"


@dataclass(frozen=True)
class Mark:
    """A text or number to be found, and the expression that takes its place.

    ``free`` text may hold quotes, so that inside JSON it has to be encoded.
    """

    value: str | int | float
    expression: str
    free: bool = False


def replaced(document: Any, marks: list[Mark]) -> Any:
    """The document with expressions in place of marks."""
    if isinstance(document, dict):
        return {_text(key, marks): replaced(value, marks) for key, value in document.items()}
    if isinstance(document, list):
        return [replaced(one, marks) for one in document]
    if isinstance(document, str):
        return _text(document, marks)
    numbers = {mark.value: mark.expression for mark in marks if not isinstance(mark.value, str)}
    if isinstance(document, bool) or document not in numbers:
        return document
    return f"${{{numbers[document]}}}"


def _text(text: str, marks: list[Mark]) -> str:
    # The longest first: one may begin with another.
    for mark in sorted(marks, key=lambda mark: len(str(mark.value)), reverse=True):
        if not isinstance(mark.value, str):
            continue
        if mark.free:
            text = text.replace(f'"{mark.value}"', f"${{jsonencode({mark.expression})}}")
        text = text.replace(mark.value, f"${{{mark.expression}}}")
    return text.replace("arn:aws:", f"arn:{PARTITION}:")


def for_each(document: Document, id: str, variable: str) -> Document:
    """Resources whose id holds the mark ``id`` become one that is there for each entry of the map ``variable``."""
    resources: Document = {}
    for kind, bodies in document["resource"].items():
        for name, body in bodies.items():
            repeated = {**body, "for_each": f"${{var.{variable}}}"} if id in name else body
            resources.setdefault(kind, {})[re.sub(f"_?{id}", "", name)] = repeated
    marked = {f"{kind}.{name}" for kind, bodies in document["resource"].items() for name in bodies if id in name}

    def refer(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: refer(one) for key, one in value.items()}
        if isinstance(value, list):
            return [refer(one) for one in value]
        for address in marked if isinstance(value, str) else ():
            value = value.replace(f"{address}.", f"{re.sub(f'_?{id}', '', address)}[each.key].")
        return value

    return {**document, "resource": refer(resources)}
