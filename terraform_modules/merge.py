"""One Terraform configuration of two, which of them it is being decided by a condition when it is applied."""

import re
from typing import Any

from terraform_modules.template import choice

Document = dict[str, Any]


def merge(condition: str, chosen: Document, otherwise: Document) -> Document:
    """``chosen`` where the condition holds, else ``otherwise``; resources that only one has get a count."""
    merged: Document = {}
    conditional: list[str] = []
    for section in sorted({*chosen, *otherwise}):
        one, other = chosen.get(section, {}), otherwise.get(section, {})
        merged[section] = _body(condition, one, other) if section != "resource" else {}
    for kind in sorted({*chosen.get("resource", {}), *otherwise.get("resource", {})}):
        sides = [side["resource"].get(kind, {}) for side in (chosen, otherwise)]
        for id in sorted({*sides[0], *sides[1]}):
            body = _resource(condition, sides[0].get(id), sides[1].get(id))
            merged["resource"].setdefault(kind, {})[id] = body
            if (id in sides[0]) != (id in sides[1]):
                conditional.append(f"{kind}.{id}")
    return _with_one_of(merged, conditional) if conditional else merged


def _resource(condition: str, chosen: Document | None, otherwise: Document | None) -> Document:
    if chosen is not None and otherwise is not None:
        return _body(condition, chosen, otherwise)
    body, counts = (chosen, "1 : 0") if chosen is not None else (otherwise, "0 : 1")
    return {**(body or {}), "count": f"${{{condition} ? {counts}}}"}


def _body(condition: str, chosen: Document, otherwise: Document) -> Document:
    merged: Document = {}
    for key in sorted({*chosen, *otherwise}):
        one, other = chosen.get(key), otherwise.get(key)
        blocks = one if one is not None else other
        if (one is None or other is None) and isinstance(blocks, list) and all(isinstance(it, dict) for it in blocks):
            (content,) = blocks
            when = "[1] : []" if one is not None else "[] : [1]"
            dynamic = {"for_each": f"${{{condition} ? {when}}}", "content": content}
            merged.setdefault("dynamic", {})[key] = dynamic
        else:
            merged[key] = _value(condition, one, other)
    return merged


def _value(condition: str, chosen: Any, otherwise: Any) -> Any:
    if chosen == otherwise:
        return chosen
    if isinstance(chosen, dict) and isinstance(otherwise, dict):
        return _body(condition, chosen, otherwise)
    nested = any(isinstance(one, dict) for side in (chosen, otherwise) if isinstance(side, list) for one in side)
    if nested and len(chosen) == len(otherwise):
        return [_value(condition, one, other) for one, other in zip(chosen, otherwise, strict=True)]
    return choice(condition, chosen, otherwise)


def _with_one_of(value: Any, addresses: list[str]) -> Any:
    """Attributes of a resource that may not be there are read so that they are null then."""
    if isinstance(value, dict):
        return {key: _with_one_of(one, addresses) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_one_of(one, addresses) for one in value]
    if not isinstance(value, str):
        return value
    names = "|".join(re.escape(address) for address in addresses)
    return re.sub(rf"(?<![\w.])({names})\.(\w+)", r"one(\1[*].\2)", value)
