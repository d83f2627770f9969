"""Values that no configuration has, and the expression of variables that each stands for in what is synthesised."""

import re
from dataclasses import dataclass
from typing import Any

from module_export.merge import Document

PARTITION = "${data.aws_partition.current.partition}"


@dataclass(frozen=True)
class Mark:
    """A text, a number or a whole list to be found, and the expression that takes its place.

    ``free`` text may hold quotes, so that inside JSON it has to be encoded.
    """

    value: str | int | float | list[str]
    expression: str
    free: bool = False


def replaced(document: Any, marks: list[Mark]) -> Any:
    """The document with expressions in place of marks."""
    if isinstance(document, dict):
        return {_text(key, marks): replaced(value, marks) for key, value in document.items()}
    if isinstance(document, str):
        return _text(document, marks)
    for mark in marks if not isinstance(document, bool) else ():
        if mark.value == document:
            return f"${{{mark.expression}}}"
    return [replaced(one, marks) for one in document] if isinstance(document, list) else document


def _text(text: str, marks: list[Mark]) -> str:
    # The longest first: one may begin with another.
    for mark in sorted(marks, key=lambda mark: len(str(mark.value)), reverse=True):
        if not isinstance(mark.value, str):
            continue
        if mark.free:
            text = text.replace(f'"{mark.value}"', f"${{jsonencode({mark.expression})}}")
        text = text.replace(mark.value, f"${{{mark.expression}}}")
    return text.replace("arn:aws:", f"arn:{PARTITION}:")


def for_each(document: Document, pattern: str, expression: str) -> Document:
    """Resources whose id has the ``pattern`` become one without it, which is there for each entry of a map or set."""
    resources: Document = {}
    repeated: dict[str, str] = {}
    for kind, bodies in document["resource"].items():
        for name, body in bodies.items():
            plain = re.sub(pattern, "", name)
            if plain != name:
                body = {**body, "for_each": f"${{{expression}}}"}
                repeated[f"{kind}.{name}"] = f"{kind}.{plain}"
            resources.setdefault(kind, {})[plain] = body

    def refer(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: refer(one) for key, one in value.items()}
        if isinstance(value, list):
            return [refer(one) for one in value]
        for address, plain in repeated.items() if isinstance(value, str) else ():
            value = value.replace(f"{address}.", f"{plain}[each.key].")
        return value

    return {**document, "resource": refer(resources)}
