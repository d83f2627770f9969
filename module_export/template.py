"""Terraform's templates: text with ``${…}`` in it, taken apart and made into expressions."""

import json
import re
from typing import Any


def split(text: str) -> list[str]:
    """The text and the interpolations of a template, in their order; interpolations with their ``${}``."""
    parts, plain, at = [], "", 0
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            plain, at = plain + text[at : at + 3], at + 3
        elif text.startswith("${", at):
            end = _end(text, at + 2)
            parts += [plain, text[at:end]] if plain else [text[at:end]]
            plain, at = "", end
        else:
            plain, at = plain + text[at], at + 1
    return [*parts, plain] if plain else parts


def _end(text: str, at: int) -> int:
    """Behind the brace that closes the interpolation whose inside begins at ``at``."""
    depth, quoted = 1, False
    while depth:
        if text[at] == "\\" and quoted:
            at += 1
        elif text.startswith("${", at) and quoted:
            at = _end(text, at + 2) - 1
        elif text[at] == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def expression(value: Any) -> str:
    """A value as an expression, to stand inside an interpolation."""
    if isinstance(value, list):
        return f"[{', '.join(expression(one) for one in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    parts = split(value)
    if len(parts) == 1 and is_interpolation(parts[0]):
        return parts[0][2:-1]
    quoted = (part if is_interpolation(part) else json.dumps(part, ensure_ascii=False)[1:-1] for part in parts)
    return f'"{"".join(quoted)}"'


def is_interpolation(part: str) -> bool:
    """Whether the part of a template is one."""
    return part.startswith("${")


def choice(condition: str, chosen: Any, otherwise: Any) -> str:
    """A template that is the one value or the other; what they have in common stands outside the condition."""
    if (chosen, otherwise) in ((True, False), (False, True)) and isinstance(chosen, bool):
        return f"${{{condition}}}" if chosen else f"${{!({condition})}}"
    if not isinstance(chosen, str) or not isinstance(otherwise, str):
        return f"${{{condition} ? {expression(chosen)} : {expression(otherwise)}}}"
    left, right = _pieces(chosen), _pieces(otherwise)
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    differing = ["".join(pieces[start : len(pieces) - end]) for pieces in (left, right)]
    tail = "".join(left[len(left) - end :])
    return f"{''.join(left[:start])}${{{condition} ? {expression(differing[0])} : {expression(differing[1])}}}{tail}"


def _pieces(template: str) -> list[str]:
    """Its interpolations, and its text in words, which is where two texts may be cut apart."""
    return [
        piece
        for part in split(template)
        for piece in ([part] if is_interpolation(part) else re.findall(r"\w+|\W", part))
    ]


def segments(template: str) -> list[str]:
    """Its interpolations, and its text cut where JSON begins and ends something."""
    return [
        piece
        for part in split(template)
        for piece in ([part] if is_interpolation(part) else re.findall(r"[][{}]|[^][{}]+", part))
    ]
