"""Templates that are one text or another, as several conditions say."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise, product, takewhile
from typing import Any

from module_export.template import choice, is_interpolation, segments, split


def any_of(conditions: Sequence[str]) -> str:
    """A condition: one of these holds."""
    return conditions[0] if len(conditions) == 1 else " || ".join(f"({one})" for one in conditions)


def choices(base: Any, decisions: Sequence[Mapping[str, Any]]) -> Any:
    """A template that is ``base``, or what each decision makes of it where one of its conditions holds.

    Decisions are independent of each other, the conditions of one exclude each other. Raises ValueError where two decisions
    change one place of a text, or anything else than a text, or leave no JSON of what is JSON.
    """
    if not all(isinstance(one, str) for one in (base, *(one for it in decisions for one in it.values()))):
        if len(decisions) > 1:
            raise ValueError(f"{base!r} depends on several decisions: {[[*it] for it in decisions]}")
        return _chain(base, decisions[0])
    parts = segments(base)
    windows = sorted(
        (window for decision in decisions for window in _windows(parts, decision)), key=lambda it: (it.start, it.end)
    )
    for one, other in pairwise(windows):
        if other.start < one.end:
            raise ValueError(f"{one.base!r} depends on several decisions: {[[*one.texts], [*other.texts]]}")
    if _is_json(base):
        for chosen in product(*(["", *decision] for decision in decisions)):
            if not _is_json(_assembled(parts, windows, [one.where(chosen) for one in windows])):
                raise ValueError(f"{[one for one in chosen if one]} together make no JSON: {base}")
    return _assembled(parts, windows, [_chain(one.base, one.texts) for one in windows])


@dataclass(frozen=True)
class _Window:
    """Which segments of a text a decision replaces, and by what."""

    start: int
    end: int
    base: str
    texts: Mapping[str, str]

    def where(self, conditions: Sequence[str]) -> str:
        """The text where these hold."""
        return next((self.texts[one] for one in conditions if one in self.texts), self.base)


def _windows(parts: list[str], decision: Mapping[str, str]) -> list[_Window]:
    others = {when: segments(text) for when, text in decision.items()}
    edits = {when: _edits(parts, other) for when, other in others.items()}
    spans: list[tuple[int, int]] = []
    for start, end in sorted((start, end) for changes in edits.values() for start, end, _, _ in changes):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))

    def within(when: str, first: int, last: int) -> str:
        inside = [edit for edit in edits[when] if first <= edit[0] and edit[1] <= last]
        # How far the edits before have moved the beginning; one that touches it would be inside.
        moved = sum((ended - there) - (end - start) for start, end, there, ended in edits[when] if end < first)
        grown = sum((ended - there) - (end - start) for start, end, there, ended in inside)
        return "".join(others[when][first + moved : last + moved + grown])

    return [
        _Window(*span, "".join(parts[slice(*span)]), {when: within(when, *span) for when in decision}) for span in spans
    ]


def _edits(parts: list[str], other: list[str]) -> list[tuple[int, int, int, int]]:
    """What makes the other of the parts: from, to in the parts, and in the other."""
    # Ends that are the same are left alone, whatever else could be matched with them.
    front = _alike(parts, other)
    back = _alike(parts[front:][::-1], other[front:][::-1])
    matcher = SequenceMatcher(None, parts[front : len(parts) - back], other[front : len(other) - back], autojunk=False)
    return [
        (front + start, front + end, front + there, front + ended)
        for kind, start, end, there, ended in matcher.get_opcodes()
        if kind != "equal"
    ]


def _alike(parts: list[str], other: list[str]) -> int:
    return len([*takewhile(lambda both: both[0] == both[1], zip(parts, other, strict=False))])


def _assembled(parts: list[str], windows: list[_Window], texts: Sequence[str]) -> str:
    made, at = "", 0
    for window, text in zip(windows, texts, strict=True):
        made += "".join(parts[at : window.start]) + text
        at = window.end
    return made + "".join(parts[at:])


def _chain(base: Any, alternatives: Mapping[str, Any]) -> Any:
    """One condition after the other; what is the same under several stands there once."""
    conditions: dict[str, list[str]] = {}
    for when, value in alternatives.items():
        if value != base:
            conditions.setdefault(json.dumps(value), []).append(when)
    made = base
    for value, which in reversed(conditions.items()):
        made = choice(any_of(which), json.loads(value), made)
    return made


def _is_json(template: str) -> bool:
    text = "".join("\0" if is_interpolation(part) else part for part in split(template))
    try:
        # Elements with their comma behind them, or none; or else a value, or a part of a text.
        json.loads(re.sub(r"\0+(?={)", "", text).replace("\0", "0"))
    except ValueError:
        return False
    return True
