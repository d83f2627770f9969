"""Terraform's ``locals``: names for values that a document has in several places."""

from collections.abc import Sequence
from typing import Any

from module_export.merge import Document
from module_export.values import Included, Merged, NamedValues, mapped, parts


def hoist_locals(document: Document, **named: Any) -> Document:
    """Return the document with these locals, and with references to them wherever it has an equal value."""

    def change(part: Any) -> Any:
        equal = (name for name, value in named.items() if type(part) is type(value) and part == value)
        return next((f"${{local.{name}}}" for name in equal), part)

    return {**mapped(document, change), "locals": {**document.get("locals", {}), **named}}


def hoist_common(document: Document, name: str, maps: Sequence[dict[str, Any]]) -> Document:
    """Return the document with a local of the entries that all of these maps have, and without them in each."""
    first, *others = maps
    common = {key: value for key, value in first.items() if all(key in one and one[key] == value for one in others)}

    def change(part: Any) -> Any:
        if any(part is one for one in maps):
            rest = {key: value for key, value in part.items() if key not in common}
            return Merged((f"${{local.{name}}}", rest))
        return part

    changed = mapped(document, change)
    return {**changed, "locals": {**changed.get("locals", {}), name: common}}


def containers(document: Document) -> list[dict[str, Any]]:
    """Return the containers of all task definitions."""
    definitions = document["resource"]["aws_ecs_task_definition"].values()
    return [
        one.value if isinstance(one, Included) else one
        for definition in definitions
        for one in definition["container_definitions"].value
    ]


def environments(document: Document, variable: str | None = None) -> list[dict[str, Any]]:
    """Return the variables of each container without those in locals; if given, only of containers with this variable."""
    found = [
        next((part for part in parts(one.values) if isinstance(part, dict)), {})
        for one in parts(document["resource"])
        if isinstance(one, NamedValues) and one.field == "value"
    ]
    return [one for one in found if variable is None or variable in one]
