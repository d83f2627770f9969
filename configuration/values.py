"""Parse a tfvars file into its literal values and the line of each.

Only values are allowed, so that a file can be checked without Terraform: strings, numbers, true, false, null, lists and
objects.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError, UnexpectedInput

from configuration.problems import ConfigError, Path_, Problem, dotted, shown
from configuration.secrecy import SECRET_VALUE

# Values only: drop the quotes, comments and block markers that python-hcl2 keeps for writing a file back.
_VALUES = hcl2.SerializationOptions(
    with_comments=False, explicit_blocks=False, preserve_heredocs=False, strip_string_quotes=True
)
_CONTAINERS = {"start", "body", "attribute", "object", "object_elem", "object_elem_key", "tuple", "expr_term"}
_LITERALS = {"string", "string_part", "int_lit", "float_lit", "literal_value", "unary_op"}
_LAYOUT = {"new_line_or_comment", "heredoc_template", "heredoc_template_trim"}

# python-hcl2 returns expressions that it does not evaluate as text: `(1)` as "${(1)}", also in heredocs and as \u0024{.
# An escaped $${ or %%{ is plain text, and stays escaped because Terraform parses the value again, in the JSON.
_EXPRESSION = re.compile(r"(?<!\$)(\$\$)*\$\{|(?<!%)(%%)*%\{")

# A line with a syntax error is shown, unless it may contain a secret.
_SECRET_LINE = re.compile(rf"{SECRET_VALUE.pattern}|(?i:passw|pwd|secret|token|key|credential)")


@dataclass(frozen=True)
class Values:
    """Values of one file, and the line of each."""

    file: Path
    tree: dict[str, Any]
    lines: dict[Path_, int]

    def problem(self, path: Path_, message: str, *, secret: bool = False) -> Problem:
        """Return a problem with the value at ``path``, on the line of the nearest enclosing key in the file."""
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)
        return Problem(self.file, message, line, dotted(path), "" if secret else shown(self.at(path)))

    def at(self, path: Path_) -> Any:
        """Return the value at ``path``, or None if the file has none."""
        value: Any = self.tree
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def parse(file: Path) -> Values:
    """Return the file's values and their lines, not yet validated by a model. Raises ConfigError."""
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
        message = "not HCL; write one `key = value` per line, strings in double quotes, and close every { and ["
        raise ConfigError(Problem(file, message, line, value=shown(source[0].strip()) if source else "")) from None
    except (LarkError, RecursionError, ValueError, RuntimeError) as error:
        raise ConfigError(Problem(file, f"not HCL ({str(error)[:80]}); write one `key = value` per line")) from None
    if expressions := list(_expressions(values)):
        raise ConfigError(*expressions)
    return values


def _expressions(values: Values) -> Iterator[Problem]:
    remedy = "tfvars hold values only, this is an expression; write the value itself, and a literal ${ as $${"
    for path, value in leaves(values.tree):
        if any(isinstance(text, str) and _EXPRESSION.search(text) for text in (*path, value)):
            yield values.problem(path, remedy, secret=True)


def _positions(file: Path, tree: Tree[Token], path: Path_ = ()) -> Iterator[tuple[Path_, int]]:
    """Yield every key and element with its line. Raises ConfigError for an expression, a block or a duplicate key."""

    def refusal(message: str, line: int | None, field: str = dotted(path)) -> ConfigError:
        return ConfigError(Problem(file, message, line, field))

    kind = str(tree.data)
    line = tree.meta.line if not tree.meta.empty else None
    if kind not in _CONTAINERS | _LITERALS | _LAYOUT:
        remedy = "write `name = {` with an equals sign" if kind == "block" else "write the value itself"
        raise refusal(f"tfvars hold values only, this is not one ({kind.replace('_', ' ')}); {remedy}", line)
    if kind == "string" and any("\n" in token for token in tree.scan_values(lambda token: True)):
        raise refusal("a string ends on the line where it begins; close the quotes", line)
    children = [child for child in tree.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]
    seen: set[str | int] = set()
    previous_end = 0
    for index, child in enumerate(children):
        if str(child.data) in {"attribute", "object_elem"}:
            key = _key(child)
            if key in seen:
                raise refusal("is given twice; delete one", child.meta.line, dotted((*path, key)))
            if kind == "body" and child.meta.line == previous_end:
                message = "begins on the line of the previous value; write one value per line"
                raise refusal(message, child.meta.line, key)
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
    if not isinstance(key, Tree):
        return str(key)
    return "".join(key.scan_values(lambda token: isinstance(token, Token) and token.type != "DBLQUOTE"))


def leaves(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Yield every value that is neither a list nor an object, with its path."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value
