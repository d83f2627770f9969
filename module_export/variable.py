"""Variables of a Terraform module, with the type, the default and the limits of the field that each stands for."""

import json
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen, MultipleOf
from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Variable:
    """One input; without a default it must be given. ``rules`` are conditions and what to say where they do not hold."""

    name: str
    kind: str
    description: str
    default: Any = ...
    rules: tuple[tuple[str, str], ...] = field(default=())

    @classmethod
    def of(cls, name: str, model: type[BaseModel], path: str, description: str) -> "Variable":
        """The variable for a field of a configuration model."""
        info = model.model_fields[path]
        kind, limits, nullable = _parts(info)
        default = ... if info.is_required() else info.default
        rules = [
            (f"var.{name} == null ? true : {rule}" if nullable else rule, text)
            for rule, text in _rules(name, kind, limits)
        ]
        return cls(name, _type(kind), description, default, tuple((rule, f"{name} {text}.") for rule, text in rules))

    def ruled(self, condition: str, message: str) -> "Variable":
        """The same with one more rule, such as one that holds it against another variable."""
        return replace(self, rules=(*self.rules, (condition, message)))

    def document(self) -> dict[str, Any]:
        """The block, in JSON."""
        return {
            "description": self.description,
            "type": f"${{{self.kind}}}",
            **({} if self.default is ... else {"default": self.default}),
            **({} if self.default is None else {"nullable": False}),
            **(
                {"validation": [{"condition": f"${{{rule}}}", "error_message": text} for rule, text in self.rules]}
                if self.rules
                else {}
            ),
        }


def _parts(info: FieldInfo) -> tuple[Any, list[Any], bool]:
    """What kind of value a field takes, its limits, and whether it may be left out."""
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


def _rules(name: str, kind: Any, limits: list[Any]) -> list[tuple[str, str]]:
    value, rules = f"var.{name}", []
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
                rules.append((matches(name, pattern), f"must match {pattern}"))
    return rules


def matches(name: str, pattern: str) -> str:
    """A condition: the whole variable matches the pattern."""
    return f"can(regex({json.dumps(pattern)}, var.{name}))"


def nullable_rule(variable: str, condition: str, message: str) -> tuple[str, str]:
    """A rule for a variable that may be null."""
    return f"{variable} == null ? true : try({condition}, false)", message


def pattern(info: FieldInfo) -> str:
    """The regular expression of a field of a configuration model; raises StopIteration for one that has none."""
    return next(str(limit.pattern) for limit in _parts(info)[1] if getattr(limit, "pattern", None))
