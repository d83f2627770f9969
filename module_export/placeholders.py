"""Placeholders: values that occur nowhere else, in whose place the module has templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from module_export.merge import Document
from module_export.values import mapped


@dataclass(frozen=True)
class Placeholder:
    """A text, a number, or a whole list or map to be found, and the template that takes its place."""

    value: str | int | float | list[str] | dict[str, Any]
    template: str


def replaced(value: Any, placeholders: Sequence[Placeholder]) -> Any:
    """Return the value with templates in place of placeholders."""
    # The longest first: a placeholder may begin with another.
    texts = sorted(
        ((one.value, one.template) for one in placeholders if isinstance(one.value, str)),
        key=lambda one: len(one[0]),
        reverse=True,
    )
    others = [one for one in placeholders if not isinstance(one.value, str)]

    def change(part: Any) -> Any:
        if isinstance(part, str):
            for text, template in texts:
                if text in part:
                    part = part.replace(text, template)
            return part
        if isinstance(part, int | float | list | dict) and not isinstance(part, bool):
            return next((one.template for one in others if one.value == part), part)
        return part

    return mapped(value, change)


def for_each(document: Document, id: str, collection: str) -> Document:
    """Repeat a resource for each entry of a map or set, if its id is this regular expression and a key (``__a``).

    Repeated resources refer to it by ``each.key``; raises ValueError where another resource refers to an attribute of it.
    """
    repeated = {
        f"{kind}.{name}": f"{kind}.{match[1]}"
        for kind, bodies in document["resource"].items()
        for name in bodies
        if (match := re.fullmatch(rf"({id})__\w+", name))
    }
    resources: Document = {}
    for kind, bodies in document["resource"].items():
        for name, body in bodies.items():
            address = f"{kind}.{name}"
            if address in repeated:
                name, body = repeated[address].partition(".")[2], {"for_each": f"${{{collection}}}", **body}
            resources.setdefault(kind, {})[name] = _referring(body, repeated, "for_each" in body)
    return {**document, "resource": resources}


def _referring(body: Document, repeated: Mapping[str, str], by_key: bool) -> Any:
    def change(part: Any) -> Any:
        for address, plain in repeated.items() if isinstance(part, str) else ():
            if f"{address}." in part and not by_key:
                raise ValueError(f"{part!r} refers to a resource that is repeated: {plain}")
            part = plain if part == address else part.replace(f"{address}.", f"{plain}[each.key].")
        return part

    return mapped(body, change)
