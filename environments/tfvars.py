"""Reads one tfvars file into one configuration model, or says in one line a problem what to change and where.

A tfvars file holds values only, so that it can be checked without Terraform: strings, numbers, true, false, null,
lists and objects. Terraform itself would only warn of an unknown key; here it is an error.
"""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput
from pydantic import BaseModel, ValidationError

Path_ = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

# Values only, without the quotes, comments and block marks that python-hcl2 keeps for writing a file back.
_VALUES = hcl2.SerializationOptions(
    with_comments=False, explicit_blocks=False, preserve_heredocs=False, strip_string_quotes=True
)
_CONTAINERS = {"start", "body", "attribute", "object", "object_elem", "object_elem_key", "tuple", "expr_term"}
_LITERALS = {"string", "string_part", "int_lit", "float_lit", "literal_value", "unary_op"}
_LAYOUT = {"new_line_or_comment", "heredoc_template", "heredoc_template_trim"}

# A key that names a secret, and values that are one whatever their key says.
_SECRET_KEY = re.compile(
    r"(?i)(^|_|\.|-)(password|passwd|pwd|secret|secret_key|token|api_?key|private_?key|access_?key|fernet_?key|credentials?)$"
)
_SECRET_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}"  # GitHub, GitLab
    r"|\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com/services/\w+"  # Slack
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}"  # JSON web token
    r"|://[^/\s:@]*:[^/\s:@]+@"  # a URL with a password
    r"|(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*\d)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])"
)

# python-hcl2 hands expressions that it does not work out over as text: `(1)` as "${(1)}". Heredocs and \u0024{ too.
# A doubled $${ or %%{ is plain text, and stays doubled: Terraform reads the value again, in the JSON.
_EXPRESSION = re.compile(r"(?<!\$)(\$\$)*\$\{|(?<!%)(%%)*%\{")

# A line that could not be parsed is shown, unless it may hold a secret.
_SECRET_LINE = re.compile(rf"{_SECRET_VALUE.pattern}|(?i:passw|pwd|secret|token|key|credential)")


@dataclass(frozen=True)
class Problem:
    """One thing to change in one file; prints as one line."""

    file: Path
    message: str
    line: int | None = None
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        subject = f"{self.field} = {self.value}" if self.field and self.value else self.field or self.value
        line = " ".join(f"{where}: {subject + ': ' if subject else ''}{self.message}".split())
        # A terminal obeys control characters.
        return "".join(character if character.isprintable() else "\ufffd" for character in line)


class ConfigError(Exception):
    """Configuration was refused: one problem or several, a line each."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Values:
    """What one file says, and the line on which it says it."""

    file: Path
    tree: dict[str, Any]
    lines: dict[Path_, int]

    def problem(self, path: Path_, message: str, *, secret: bool = False) -> Problem:
        """A problem with the value at ``path``, on the line of the nearest enclosing key that the file has."""
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        return Problem(self.file, message, line, dotted(path), "" if secret else shown(self.at(path)))

    def at(self, path: Path_) -> Any:
        """The value at ``path``, None where the file has none."""
        value: Any = self.tree
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def dotted(path: Path_) -> str:
    """``network.zones[1]`` for ``("network", "zones", 1)``."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def shown(value: Any) -> str:
    """A value as the file would spell it, cut to a length that fits a line; nothing for an object or no value."""
    if value is None or isinstance(value, dict):
        return ""
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."


def read(file: Path, model: type[Model]) -> tuple[Model, Values]:
    """The file's values as ``model``, with their lines.

    Raises ConfigError for everything that can be wrong with a file: unreadable, not HCL, not values only, a secret in
    it, or not what the model takes.
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
        # A list that is too short because its elements were refused is not a second problem.
        causes = {detail["loc"][:end] for detail in details for end in range(1, len(detail["loc"]))}
        problems = [_explain(values, model, detail) for detail in details if detail["loc"] not in causes]
        raise ConfigError(*dict.fromkeys(problems)) from None


def parse(file: Path) -> Values:
    """The file's values as they are spelled, with their lines, before any model has seen them."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(Problem(file, f"byte {error.start} is not UTF-8; save the file as UTF-8")) from None
    except OSError as error:
        raise ConfigError(
            Problem(file, f"cannot be read ({error.strerror}); check that it exists and its mode")
        ) from None
    text = text.removeprefix("\ufeff")
    try:
        tree = hcl2.parses_to_tree(text)
        lines = dict(_positions(file, tree))
        values = Values(file, hcl2.serialize(hcl2.transform(tree), serialization_options=_VALUES), lines)
    except UnexpectedInput as error:
        line = error.line if isinstance(error.line, int) and error.line > 0 else text.count("\n") + 1
        source = [text for text in text.split("\n")[line - 1 : line] if text.strip() and not _SECRET_LINE.search(text)]
        message = "not HCL; write one `key = value` a line, strings in double quotes, and close every { and ["
        raise ConfigError(Problem(file, message, line, value=shown(source[0].strip()) if source else "")) from None
    except (LarkError, RecursionError, ValueError, RuntimeError) as error:
        raise ConfigError(Problem(file, f"not HCL ({str(error)[:80]}); write one `key = value` a line")) from None
    if expressions := list(_expressions(values)):
        raise ConfigError(*expressions)
    return values


def _expressions(values: Values) -> Iterator[Problem]:
    remedy = "tfvars hold values only, this is an expression; write the value itself, and a literal ${ as $${"
    for path, value in _leaves(values.tree):
        if any(isinstance(text, str) and _EXPRESSION.search(text) for text in (*path, value)):
            yield values.problem(path, remedy, secret=True)


def _positions(file: Path, tree: Tree[Token], path: Path_ = ()) -> Iterator[tuple[Path_, int]]:
    """Every key and element with its line; refuses whatever is not a plain value, and a key given twice."""
    kind = str(tree.data)
    line = tree.meta.line if not tree.meta.empty else None
    if kind not in _CONTAINERS | _LITERALS | _LAYOUT:
        remedy = "write `name = {` with an equals sign" if kind == "block" else "write the value itself"
        raise ConfigError(
            Problem(
                file,
                f"tfvars hold values only, this is not one ({kind.replace('_', ' ')}); {remedy}",
                line,
                dotted(path),
            )
        )
    if kind == "string" and any("\n" in token for token in tree.scan_values(lambda token: True)):
        raise ConfigError(
            Problem(file, "a string ends on the line where it begins; close the quotes", line, dotted(path))
        )
    children = [child for child in tree.children if isinstance(child, Tree)]
    seen: set[str | int] = set()
    previous_end = 0
    for index, child in enumerate(
        c for c in children if str(c.data) not in _LAYOUT or str(c.data) != "new_line_or_comment"
    ):
        if str(child.data) in {"attribute", "object_elem"}:
            key = _key(child)
            if key in seen:
                raise ConfigError(Problem(file, "is given twice; delete one", child.meta.line, dotted((*path, key))))
            if kind == "body" and child.meta.line == previous_end:
                raise ConfigError(
                    Problem(file, "begins on the line of the value before it; write one a line", child.meta.line, key)
                )
            seen.add(key)
            previous_end = getattr(child.meta, "end_line", 0)
            yield (*path, key), child.meta.line
            yield from _positions(file, child, (*path, key))
        elif kind == "tuple":
            yield (*path, index), child.meta.line
            yield from _positions(file, child, (*path, index))
        elif kind not in {"attribute", "object_elem"} or str(child.data) not in {"identifier", "object_elem_key"}:
            yield from _positions(file, child, path)


def _key(pair: Tree[Token]) -> str:
    key = pair.children[0]
    return (
        "".join(
            str(token) for token in key.scan_values(lambda token: isinstance(token, Token) and token.type != "DBLQUOTE")
        )
        if isinstance(key, Tree)
        else str(key)
    )


def _secrets(values: Values) -> Iterator[Problem]:
    remedy = "looks like a secret, and this file is committed; keep it in Secrets Manager and delete it here"
    for path, value in _leaves(values.tree):
        if isinstance(value, bool | None):
            continue
        named = any(isinstance(key, str) and _SECRET_KEY.search(key) for key in path)
        if named or (isinstance(value, str) and _SECRET_VALUE.search(value)):
            yield values.problem(path, remedy, secret=True)


def _leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*path, key))
    else:
        yield path, value


def _explain(values: Values, model: type[BaseModel], error: dict[str, Any]) -> Problem:
    path: Path_ = tuple(key for key in error["loc"] if key != "[key]")  # pydantic's mark for the key of a dictionary
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
        # Ours say the remedy, those of the standard library do not.
        return values.problem(path, message if "; " in message else f"{message}; write {kind}")
    message = error["msg"][0].lower() + error["msg"][1:]
    return values.problem(path, f"{message}; write {kind}")


def _fields(model: type[BaseModel], path: Path_) -> tuple[list[str], list[Any]]:
    """The keys that the model has beside the one at ``path``, and examples of that one."""
    for depth, key in enumerate(path):
        field = model.model_fields.get(str(key))
        if depth == len(path) - 1 or field is None:
            return list(model.model_fields), (field.examples or []) if field else []
        nested = [kind for kind in (field.annotation, *get_args(field.annotation)) if isinstance(kind, type)]
        model = next((kind for kind in nested if issubclass(kind, BaseModel)), model)
    return list(model.model_fields), []
