"""Merge several syntheses into one Terraform configuration, with conditions where they differ."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any

from module_export.values import Conditional, Included, Json, NamedValues, mapped

Document = dict[str, Any]
# Sections whose bodies are counted: they exist or not.
COUNTED = ("data", "ephemeral", "resource")
BASE = ""
# Fields that identify an element of a list.
_IDENTIFIERS = ("name", "Sid", "sourceVolume")
_MISSING = object()


@dataclass(frozen=True)
class Decision:
    """The documents that differ from the base by one decision, and expressions that tell them apart.

    ``conditions`` maps an expression to the cases in which it is true; the base is the case ``BASE``.
    """

    cases: Mapping[str, Document]
    conditions: Mapping[str, Collection[str]]

    @classmethod
    def between(cls, condition: str, document: Document) -> "Decision":
        """Return the decision between the base and the document, which applies where the condition holds."""
        return cls({condition: document}, {condition: [condition]})

    def named(self, chosen: Collection[str], possible: Collection[str]) -> str | None:
        """Return an expression that is true in the chosen cases and false in the other possible cases, if there is any."""
        matching = (one for one, cases in self.conditions.items() if set(cases) & set(possible) == set(chosen))
        return next(matching, None)

    def condition(self, chosen: Collection[str], possible: Collection[str]) -> str:
        """Return an expression as ``named`` does, or the negation of one; raise ValueError where there is none."""
        if named := self.named(chosen, possible):
            return named
        if opposite := self.named(set(possible) - set(chosen), possible):
            return _negated(opposite)
        raise ValueError(f"name the condition for {sorted(chosen)} of {sorted(possible)} in `conditions`")


_Variants = list[tuple[Decision, dict[str, Any]]]
"""A value in each case that has it, for each decision."""


def with_condition(condition: str, make: Callable[[bool], Document]) -> Document:
    """Return ``make(False)``, and ``make(True)`` where the condition holds when the module is applied."""
    return merge(make(False), Decision.between(condition, make(True)))


def merge(base: Document, *decisions: Decision) -> Document:
    """Return the base with a condition wherever a decision changes it.

    Decisions are independent of each other: raises ValueError where two of them change one value. A resource that does
    not exist in every case gets a count, and an output that does not is null.
    """
    if not decisions:
        return base
    flat = _map("", [(one, {BASE: _flat(base), **_each(one.cases, _flat)}) for one in decisions])
    merged: Document = {}
    conditional: list[str] = []
    for address, body in flat.items():
        section, *path, name = address.split(".")
        within = merged.setdefault(section, {})
        for part in path:
            within = within.setdefault(part, {})
        within[name] = _existing(section, body)
        if section in COUNTED and "count" in within[name]:
            conditional.append(address.removeprefix("resource."))
    result: Document = _with_one_of(merged, conditional)
    return result


def _flat(document: Document) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for section, bodies in document.items():
        for name, body in bodies.items():
            if section in COUNTED:
                flat |= {f"{section}.{name}.{id}": one for id, one in body.items()}
            else:
                flat[f"{section}.{name}"] = body
    return flat


def _existing(section: str, body: Any) -> Any:
    if not isinstance(body, Included):
        return body
    if section == "output":
        return {**body.value, "value": Conditional(body.condition, body.value["value"])}
    if "count" in body.value:
        raise ValueError(f"two conditions on one resource: {body.condition} and {body.value['count']}")
    if repeated := body.value.get("for_each"):
        existing = f"${{{{for key, value in {repeated[2:-1]} : key => value if {body.condition[2:-1]}}}}}"
        return {**body.value, "for_each": existing}
    return {"count": Conditional(body.condition, 1, 0), **body.value}


def _map(what: str, variants: _Variants) -> dict[Any, Any]:
    """Return the entries of every case, each ``Included`` unless every case has it."""
    merged = {}
    for key in _union(values for _, cases in variants for values in cases.values()):
        entry = [
            (decision, {case: values.get(key, _MISSING) for case, values in cases.items()})
            for decision, cases in variants
        ]
        if key == "depends_on":
            # Terraform ignores an address without instances.
            merged[key] = sorted(_union(one for _, cases in entry for one in cases.values() if one is not _MISSING))
        else:
            merged[key] = _entry(f"{what}.{key}".removeprefix("."), entry)
    return merged


def _entry(what: str, variants: _Variants) -> Any:
    present: _Variants = []
    conditions = []
    for decision, cases in variants:
        existing = {case: value for case, value in cases.items() if value is not _MISSING}
        if existing:
            present.append((decision, existing))
            if len(existing) < len(cases):
                conditions.append(decision.condition(existing, cases))
    if len(present) > 1 and all(BASE not in existing for _, existing in present):
        raise ValueError(f"{what} depends on several decisions: {conditions}")
    value = _value(what, present)
    return Included(f"${{{' && '.join(conditions)}}}", value) if conditions else value


def _value(what: str, variants: _Variants) -> Any:
    values = [value for _, cases in variants for value in cases.values()]
    if all(value == values[0] for value in values):
        return values[0]
    if all(isinstance(value, dict) for value in values):
        return _map(what, variants)
    for kind, attribute in ((Json, "value"), (NamedValues, "values")):
        if all(isinstance(value, kind) for value in values):
            inner = [(decision, _each(cases, attrgetter(attribute))) for decision, cases in variants]
            return kind(_value(what, inner), *([values[0].field] if kind is NamedValues else []))
    if all(isinstance(value, list) for value in values):
        keyed = [(decision, _each(cases, _keyed)) for decision, cases in variants]
        if all(one is not None for _, cases in keyed for one in cases.values()):
            return [*_map(what, keyed).values()]
        if len({len(value) for value in values}) == 1:
            return [
                _value(f"{what}[{at}]", [(decision, _each(cases, itemgetter(at))) for decision, cases in variants])
                for at in range(len(values[0]))
            ]
    return _choice(what, variants)


def _choice(what: str, variants: _Variants) -> Any:
    deciding = [
        (one, cases) for one, cases in variants if any(value != next(iter(cases.values())) for value in cases.values())
    ]
    if len(deciding) > 1:
        raise ValueError(f"{what} depends on several decisions: {[[*one.conditions] for one, _ in deciding]}")
    ((decision, cases),) = deciding
    groups: list[tuple[Any, list[str]]] = []
    for case, value in cases.items():
        group = next((names for known, names in groups if known == value), None)
        if group is None:
            groups.append((value, [case]))
        else:
            group.append(case)
    if len(groups) == 2 and decision.named(groups[0][1], cases) and not decision.named(groups[1][1], cases):
        groups.reverse()
    (made, _), *others = groups
    for value, names in reversed(others):
        condition = decision.condition(names, cases)
        if isinstance(value, bool) and isinstance(made, bool):
            made = f"${{{condition if value else _negated(condition)}}}"
        else:
            made = Conditional(f"${{{condition}}}", value, made)
    return made


def _keyed(values: list[Any]) -> dict[Any, Any] | None:
    """Return the elements by their identifiers; None if an element has none."""
    keys = [
        next((one[field] for field in _IDENTIFIERS if field in one), None) if isinstance(one, dict) else one
        for one in values
    ]
    usable = all(isinstance(key, str) for key in keys) and len(set(keys)) == len(keys)
    return dict(zip(keys, values, strict=True)) if usable else None


def _each(cases: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    return {case: change(value) for case, value in cases.items()}


def _union(collections: Iterable[Iterable[Any]]) -> list[Any]:
    """Return the elements of all collections; each keeps its predecessor."""
    union: list[Any] = []
    for collection in collections:
        at = 0
        for element in collection:
            if element in union:
                at = union.index(element) + 1
            else:
                union.insert(at, element)
                at += 1
    return union


def _negated(condition: str) -> str:
    if re.fullmatch(r"[\w.]+", condition):
        return f"!{condition}"
    if len(re.findall(r"==|!=|&&|\|\|", condition)) == 1 and re.search(r"==|!=", condition):
        return condition.replace("==", "!=") if "==" in condition else condition.replace("!=", "==")
    return f"!({condition})"


def _with_one_of(document: Document, addresses: list[str]) -> Any:
    """Return the document with null for attributes of resources that do not exist."""
    if not addresses:
        return document
    pattern = re.compile(rf"(?<![\w.])({'|'.join(re.escape(address) for address in addresses)})\.(\w+)")
    return mapped(document, lambda one: pattern.sub(r"one(\1[*].\2)", one) if isinstance(one, str) else one)
