"""Read a tfvars file into a configuration model, or report each problem: what to change, and on which line.

An unknown key is an error; Terraform itself would only warn.
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from configuration.problems import ConfigError, Path_, Problem, shown
from configuration.secrecy import SECRET_KEY, SECRET_VALUE
from configuration.values import Values, leaves, parse

Model = TypeVar("Model", bound=BaseModel)


def read(file: Path, model: type[Model]) -> tuple[Model, Values]:
    """Return the file's values as ``model``, and their lines.

    Raises ConfigError if the file cannot be read, is not HCL, has expressions, contains a secret or does not fit the
    model.
    """
    values = parse(file)
    secrets = list(_secrets(values))
    if secrets:
        raise ConfigError(*secrets)
    try:
        return model.model_validate_json(json.dumps(values.tree)), values
    except RecursionError:
        raise ConfigError(Problem(file, "is nested too deeply; write plain objects and lists")) from None
    except ValidationError as error:
        details: list[dict[str, Any]] = [{**detail} for detail in error.errors(include_url=False)]
        # A list that is too short because its elements are invalid is not a second problem.
        causes = {detail["loc"][:end] for detail in details for end in range(1, len(detail["loc"]))}
        problems = [_explain(values, model, detail) for detail in details if detail["loc"] not in causes]
        raise ConfigError(*dict.fromkeys(problems)) from None


def _secrets(values: Values) -> Iterator[Problem]:
    remedy = "looks like a secret, and this file is committed; keep it in Secrets Manager and delete it here"
    for path, value in leaves(values.tree):
        if isinstance(value, bool | None):
            continue
        named = any(isinstance(key, str) and SECRET_KEY.search(key) for key in path)
        if named or (isinstance(value, str) and SECRET_VALUE.search(value)):
            yield values.problem(path, remedy, secret=True)


def _explain(values: Values, model: type[BaseModel], error: dict[str, Any]) -> Problem:
    path: Path_ = tuple(key for key in error["loc"] if key != "[key]")  # pydantic's placeholder for a dictionary key
    keys = tuple(key for key in path if isinstance(key, str))
    fields, examples = _fields(model, keys)
    if examples and path[-1] != keys[-1]:
        examples = examples[0]
    kind = "a value of that kind" + (f", such as {shown(examples[0])}" if examples else "")
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), fields, 1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(fields)}"
        return values.problem(path, f"unknown key; {hint}")
    if error["type"] == "missing":
        return values.problem(path, f"is missing; add {path[-1]} = {shown(examples[0]) if examples else '…'}")
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
        # Our validators name the remedy; messages of the standard library do not.
        return values.problem(path, message if "; " in message else f"{message}; write {kind}")
    message = error["msg"][0].lower() + error["msg"][1:]
    return values.problem(path, f"{message}; write {kind}")


def _fields(model: type[BaseModel], path: Path_) -> tuple[list[str], list[Any]]:
    """Return the keys that are allowed at the level of ``path``, and the examples of the field at ``path``."""
    chosen = False  # the next key is a free name, not a field
    for depth, key in enumerate(path):
        if chosen:
            chosen = False
            continue
        field = model.model_fields.get(str(key))
        if depth == len(path) - 1 or field is None:
            return list(model.model_fields), (field.examples or []) if field else []
        nested = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        model = next((kind for kind in nested if issubclass(kind, BaseModel)), model)
        chosen = get_origin(field.annotation) is dict
    return list(model.model_fields), []
