"""Variables of a Terraform module: written by hand in variables.tf, with types, defaults and limits of a configuration."""

import json
import re
from collections.abc import Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen, MultipleOf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from module_export.hcl import body
from module_export.merge import Document
from modules.config import FARGATE_MEMORY

Models = Sequence[tuple[str, type[BaseModel]]]
"""Prefixes of variables, and the models of the fields whose names follow; the first that has the field counts."""
# Memory in MiB that Fargate offers, by CPU units; 256 units have no range.
FARGATE = {
    str(cpu): [512, 1024, 2048] if cpu == 256 else f"${{range({least}, {most + 1}, {step})}}"
    for cpu, (least, most, step) in FARGATE_MEMORY.items()
}


def completed(text: str, models: Models) -> str:
    """Return the text of variables.tf with type, default and limits of the configuration's fields.

    A variable that has a type in the text stays as it is.
    """

    def complete(match: re.Match[str]) -> str:
        name, description, rest = match.groups()
        if re.search(r"^  type ", rest, re.M):
            return match[0]
        return f'variable "{name}" {{\n{description}{body(_from_field(name, models))}{rest}}}\n'

    return re.sub(r'^variable "(\w+)" \{\n([^\n]*\n)(.*?)^\}\n', complete, text, flags=re.M | re.S)


def _from_field(name: str, models: Models) -> Document:
    info = next(
        model.model_fields[field]
        for prefix, model in models
        for field in (name.removeprefix(prefix), name)
        if name.startswith(prefix) and field in model.model_fields
    )
    kind, limits, nullable = _annotation(info)
    rules = [
        {
            "condition": f"${{var.{name} == null ? true : {rule}}}" if nullable else f"${{{rule}}}",
            "error_message": f"{name} {text}.",
        }
        for rule, text in _rules(f"var.{name}", kind, limits)
    ]
    return {
        "type": f"${{{_type(kind)}}}",
        **({} if info.is_required() else {"default": info.default}),
        **({} if nullable else {"nullable": False}),
        **({"validation": rules} if rules else {}),
    }


def _annotation(info: FieldInfo) -> tuple[Any, list[Any], bool]:
    """Return the type of a field's value, its limits, and whether it may be null."""
    kind, limits = info.annotation, list(info.metadata)
    nullable = NoneType in get_args(kind)
    if nullable:
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    for extra in getattr(kind, "__metadata__", ()):
        limits += extra.metadata if isinstance(extra, FieldInfo) else [extra]
    return getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind, limits, nullable


def _type(kind: Any) -> str:
    value = get_args(kind)[0] if get_origin(kind) is Literal else kind
    plain = value if isinstance(value, type) else type(value)
    return {str: "string", bool: "bool", int: "number", float: "number"}[plain]


def _rules(value: str, kind: Any, limits: list[Any]) -> list[tuple[str, str]]:
    """Return conditions, and how the value breaks each of them."""
    rules = []
    if get_origin(kind) is Literal:
        allowed = ", ".join(json.dumps(one) for one in get_args(kind))
        rules.append((f"contains([{allowed}], {value})", f"must be one of {allowed}"))
    elif kind is int:
        rules.append((f"floor({value}) == {value}", "must be a whole number"))
    for limit in limits:
        match limit:
            case Ge(ge=least):
                rules.append((f"{value} >= {least}", f"must be {least} or more"))
            case Le(le=most):
                rules.append((f"{value} <= {most}", f"must be {most} or less"))
            case MultipleOf(multiple_of=step):
                rules.append((f"{value} % {step} == 0", f"must be a multiple of {step}"))
            case MinLen(min_length=least):
                rules.append((f"length({value}) >= {least}", f"must have {least} characters or more"))
            case MaxLen(max_length=most):
                rules.append((f"length({value}) <= {most}", f"must have {most} characters or less"))
            case _ if pattern := getattr(limit, "pattern", None):
                rules.append((f"can(regex({json.dumps(pattern)}, {value}))", f"must match {pattern}"))
    return rules
