"""Values of a Terraform module that JSON has no notation for, and functions that visit them.

A module's document consists of these, dicts, lists, numbers and texts. Every text is a Terraform template: ``${…}`` in it
is an expression, and a text that is nothing but one interpolation is that expression.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Json:
    """A JSON text, as the data that it encodes."""

    value: Any


@dataclass(frozen=True)
class NamedValues:
    """A list of objects with a ``name`` and another ``field``, as a map: a container's variables or secrets."""

    values: Any
    field: str


@dataclass(frozen=True)
class Merged:
    """The entries of several maps."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Conditional:
    """A value, or ``otherwise`` where the condition does not hold."""

    condition: str
    value: Any
    otherwise: Any = None


@dataclass(frozen=True)
class Included:
    """A resource, a block, or an entry of a map or list that exists only where the condition holds."""

    condition: str
    value: Any


@dataclass(frozen=True)
class Fallback:
    """The value of an expression, or a default where it has none."""

    expression: str
    default: Any


# A field that a contract gained later, as modules/contract.py writes it inside of a JSON text.
_ADDED_FIELD = re.compile(r"%\{ if can\((?P<reference>[^ ]*)\) \}.*%\{ else \}(?P<default>.*)%\{ endif \}")


def decoded(value: Any) -> Any:
    """Return the value with data in place of JSON texts, at any depth."""

    def change(part: Any) -> Any:
        if isinstance(part, str) and part.startswith(("{", "[")):
            with suppress(ValueError):
                return Json(mapped(decoded(json.loads(part)), _named_values))
        if isinstance(part, str) and (added := _ADDED_FIELD.fullmatch(part)):
            return Fallback(f"${{{added['reference']}}}", decoded(added["default"]))
        return part

    return mapped(value, change)


def _named_values(part: Any) -> Any:
    for field in ("value", "valueFrom") if isinstance(part, list) and part else ():
        if all(isinstance(one, dict) and one.keys() == {"name", field} for one in part):
            return NamedValues({one["name"]: one[field] for one in part}, field)
    return part


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return the value with ``change`` applied to every part; what it changes is not searched again."""
    changed = change(value)
    if changed is not value:
        return changed
    if isinstance(value, dict):
        return {mapped(key, change): mapped(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(mapped(one, change) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: mapped(getattr(value, one.name), change) for one in fields(value)})
    return value


def parts(value: Any) -> Iterator[Any]:
    """Yield the value and every part of it."""
    yield value
    if isinstance(value, dict):
        children = [*value.values()]
    elif isinstance(value, list | tuple):
        children = [*value]
    elif is_dataclass(value) and not isinstance(value, type):
        children = [getattr(value, one.name) for one in fields(value)]
    else:
        children = []
    for child in children:
        yield from parts(child)
