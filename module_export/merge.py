"""One Terraform configuration of several, which of them it is being decided by conditions when it is applied."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from module_export.choices import any_of, choices
from module_export.template import choice

Document = dict[str, Any]
Alternatives = Mapping[str, Any]
"""What a value is instead, by condition; no two of the conditions hold at once."""
COUNTED = ("data", "ephemeral", "resource")


def merge(document: Document, *decisions: Alternatives) -> Document:
    """The document, and in its place what each decision says where one of its conditions holds.

    Decisions are made independently of each other: raises ValueError where two of them change one value. Resources that
    are not there in every case get a count.
    """
    merged: Document = {}
    conditional: list[str] = []
    for section, (base, *others) in _by_key(document, decisions):
        if section == "output":
            merged[section] = _outputs(base or {}, others)
            continue
        if section not in COUNTED:
            merged[section] = _body(base or {}, others)
            continue
        merged[section] = {}
        for kind, (bodies, *other_bodies) in _by_key(base or {}, others):
            merged[section][kind] = {}
            for id, (body, *alternatives) in _by_key(bodies or {}, other_bodies):
                made = _resource(f"{kind}.{id}", body, alternatives)
                merged[section][kind][id] = made
                if made.get("count"):
                    conditional.append(f"{kind}.{id}" if section == "resource" else f"{section}.{kind}.{id}")
    result: Document = _with_one_of(merged, conditional) if conditional else merged
    return result


def _by_key(base: Document, decisions: Sequence[Alternatives]) -> list[tuple[str, list[Any]]]:
    """Each key of any of these, with the value and the alternatives for it; None where one has no such key."""
    keys = {key for one in (base, *(one for decision in decisions for one in decision.values())) for key in one or {}}
    return [
        (key, [base.get(key), *({when: (one or {}).get(key) for when, one in it.items()} for it in decisions)])
        for key in sorted(keys)
    ]


def _found(what: str, base: Document | None, decisions: Sequence[Alternatives]) -> tuple[Document, list[str], bool]:
    """Its body, conditions, and whether it is there if one of them holds, or if none does."""
    present = [{when: one for when, one in decision.items() if one is not None} for decision in decisions]
    if base is not None:
        absent = [when for decision in decisions for when, one in decision.items() if one is None]
        return _body(base, present), absent, False
    (only, *more) = [decision for decision in present if decision]
    if more:
        raise ValueError(f"{what} depends on several decisions: {[*only]}, {[*more[0]]}")
    (_, body), *others = only.items()
    return _body(body, [dict(others)]), [*only], True


def _resource(address: str, base: Document | None, decisions: Sequence[Alternatives]) -> Document:
    body, conditions, there = _found(address, base, decisions)
    if not conditions:
        return body
    condition = any_of(conditions)
    if "for_each" in body:
        when = condition if there else f"!({condition})"
        return {**body, "for_each": f"${{{{for key, value in {body['for_each'][2:-1]} : key => value if {when}}}}}"}
    return {**body, "count": f"${{{condition} ? {'1 : 0' if there else '0 : 1'}}}"}


def _outputs(base: Document, decisions: Sequence[Alternatives]) -> Document:
    """An output that is not there in every case is null where it is not."""
    merged: Document = {}
    for name, (value, *others) in _by_key(base, decisions):
        known = next(one for one in (value, *(one for it in others for one in it.values())) if one is not None)
        absent = {**known, "value": None}
        merged[name] = _body(value or absent, [{when: one or absent for when, one in it.items()} for it in others])
    return merged


def _body(base: Document, decisions: Sequence[Alternatives]) -> Document:
    merged: Document = {}
    for key, (value, *others) in _by_key(base, decisions):
        known = [one for one in (value, *(one for it in others for one in it.values())) if one is not None]
        if key == "depends_on":
            # Whether it is there is not to be asked here, and does not matter.
            merged[key] = sorted({address for addresses in known for address in addresses})
        elif _is_block(known[0]) and len(known) < 1 + sum(len(it) for it in others):
            contents = [{when: _content(it) for when, it in one.items()} for one in others]
            block, conditions, there = _found(key, _content(value), contents)
            when = f"${{{any_of(conditions)} ? {'[1] : []' if there else '[] : [1]'}}}"
            merged.setdefault("dynamic", {})[key] = {"for_each": when, "content": block}
        else:
            merged[key] = _value(value, others)
    return merged


def _is_block(value: Any) -> bool:
    return isinstance(_content(value), dict)


def _content(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _value(base: Any, decisions: Sequence[Alternatives]) -> Any:
    different = [{when: one for when, one in decision.items() if one != base} for decision in decisions]
    decided = [decision for decision in different if decision]
    known = [base, *(one for decision in decided for one in decision.values())]
    if len(known) == 1:
        return base
    if all(isinstance(one, dict) for one in known):
        return _body(base, decided)
    lists = all(isinstance(one, list) and len(one) == len(base) for one in known) if isinstance(base, list) else False
    if lists and any(isinstance(one, dict) for value in known for one in value):
        return [
            _value(base[at], [{when: one[at] for when, one in it.items()} for it in decided]) for at in range(len(base))
        ]
    if len(known) == 2:
        ((condition, chosen),) = decided[0].items()
        return choice(condition, chosen, base)
    return choices(base, decided)


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
