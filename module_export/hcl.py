"""Writer of a module's document in Terraform's language (HCL)."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from module_export.merge import COUNTED, Document
from module_export.template import is_interpolation, split
from module_export.values import Conditional, Fallback, Included, Json, Merged, NamedValues

# Longest list on a single line.
WIDTH = 100
# Arguments that are maps; every other dict is a block, and so is every dict in a list.
_MAPS = {"tags", "default"}
# Arguments whose texts are references.
_REFERENCES = {"depends_on", "ignore_changes"}
_FIRST = ("count", "for_each")


def configuration(document: Document) -> str:
    """Return the document as ``terraform fmt`` formats it; resources are in the order of their ids."""
    blocks = [_block(section, [], document[section]) for section in ("terraform", "locals") if section in document]
    for section in COUNTED:
        bodies = {(id, kind): one for kind, bodies in document.get(section, {}).items() for id, one in bodies.items()}
        blocks += [_block(section, [kind, id], bodies[id, kind]) for id, kind in sorted(bodies)]
    blocks += [_block("moved", [], one) for one in document.get("moved", [])]
    for section in ("variable", "output"):
        blocks += [_block(section, [name], one) for name, one in document.get(section, {}).items()]
    return formatted("\n".join(blocks))


def formatted(text: str) -> str:
    """Return the text as ``terraform fmt`` formats it; raise ValueError if it is not a Terraform configuration."""
    done = subprocess.run(["terraform", "fmt", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"not a Terraform configuration: {done.stderr}\n{text}")
    return done.stdout


def _block(kind: str, labels: list[str], content: Any) -> str:
    text = body(content, maps=kind in {"locals", "required_providers"})
    return f"{' '.join([kind, *map(json.dumps, labels)])} {{{text and chr(10)}{text}}}\n"


def body(content: Document, maps: bool = False) -> str:
    """Return the arguments, short arguments first, and then the blocks; with ``maps`` there are no blocks."""
    first, arguments = "", ""
    blocks: list[str] = []
    last: list[str] = []
    for key in sorted(content, key=lambda key: key not in _FIRST):
        value = content[key]
        inner = value.value if isinstance(value, Included) else value
        if not maps and key not in _MAPS and _is_block(inner):
            nested = [_nested(key, one, value) for one in (inner if isinstance(inner, list) else [inner])]
            (last if key == "lifecycle" else blocks).extend(nested)
        elif key == "depends_on":
            last.insert(0, _argument(key, value))
        elif maps or "\n" not in (argument := _argument(key, value))[:-1]:
            first += _argument(key, value)
        else:
            arguments += argument
    return "\n".join(one for one in (first + arguments, *blocks, *last) if one)


def _nested(key: str, block: Document, value: Any) -> str:
    if not isinstance(value, Included):
        return _block(key, [], block)
    return _block("dynamic", [key], {"for_each": Conditional(value.condition, [1], []), "content": block})


def _argument(key: str, value: Any) -> str:
    if key in _REFERENCES:
        return f"{key} = [{', '.join(value)}]\n"
    if isinstance(value, Included):
        value = Conditional(value.condition, value.value)
    return f"{key} = {expression(value)}\n"


def _is_block(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict) for one in value))


def expression(value: Any) -> str:
    """Return the value as an expression."""
    match value:
        case Json(inner):
            return f"jsonencode({expression(inner)})"
        case NamedValues(values, field):
            text = "tostring(value)" if field == "value" else "value"
            return f"[for name, value in {expression(values)} : {{ name = name, {field} = {text} }}]"
        case Merged(parts):
            return _merge([*_flat(parts)])
        case Conditional(condition, chosen, otherwise):
            first = expression(chosen)
            if isinstance(chosen, Conditional):
                first = f"({first})"
            return f"{expression(condition)} ? {first} : {expression(otherwise)}"
        case Fallback(found, default):
            return f"try({expression(found)}, {expression(default)})"
        case dict():
            return _merge([value])
        case list():
            return _list(value)
        case str():
            return _text(value)
    return json.dumps(value)


def _text(template: str) -> str:
    parts = split(template)
    if len(parts) == 1 and is_interpolation(parts[0]):
        return parts[0][2:-1]
    quoted = (part if is_interpolation(part) else json.dumps(part, ensure_ascii=False)[1:-1] for part in parts)
    return f'"{"".join(quoted)}"'


def _list(values: list[Any]) -> str:
    elements = [one.value if isinstance(one, Included) else one for one in values]
    written = [
        f"{expression(one.condition)} ? {_element(one.value)} : null" if isinstance(one, Included) else _element(one)
        for one in values
    ]
    line = f"[{', '.join(written)}]"
    text = line if len(line) <= WIDTH and "\n" not in line else "[\n" + "".join(f"{one},\n" for one in written) + "]"
    if elements == values:
        return text
    objects = any(isinstance(one, dict | Merged) for one in elements)
    return f"[for one in {text} : one if one != null]" if objects else f"compact({text})"


def _element(value: Any) -> str:
    """Return the element as an expression; a long command of the shell has a line for each of its commands."""
    if isinstance(value, str) and len(value) > WIDTH and len(commands := re.split(r"(?<=;|&) ", value)) > 1:
        return f'join(" ", {_list(commands)})'
    return expression(value)


def _flat(parts: tuple[Any, ...]) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Merged):
            yield from _flat(part.parts)
        elif part != {}:
            yield part


def _merge(parts: list[Any]) -> str:
    """Return a map, or the merge of several: entries that share a condition are in a separate map."""
    maps: list[str] = []
    for part in parts:
        if isinstance(part, str):
            maps.append(expression(part))
            continue
        grouped: dict[str, dict[str, Any]] = {}
        for key, value in part.items():
            condition, content = (value.condition, value.value) if isinstance(value, Included) else ("", value)
            grouped.setdefault(condition, {})[key] = content
        plain = grouped.pop("", {})
        if plain or not (grouped or maps):
            maps.append(_object(plain))
        maps += [f"{expression(condition)} ? {_object(entries)} : {{}}" for condition, entries in grouped.items()]
    return maps[0] if len(maps) == 1 else "merge(\n" + "".join(f"{one},\n" for one in maps) + ")"


def _object(entries: dict[str, Any]) -> str:
    written = [f"{_key(key)} = {expression(value)}" for key, value in entries.items()]
    if len(written) <= 1 and len("".join(written)) <= WIDTH and "\n" not in "".join(written):
        return f"{{ {written[0]} }}" if written else "{}"
    return "{\n" + "".join(f"{one}\n" for one in written) + "}"


def _key(key: str) -> str:
    if re.fullmatch(r"[A-Za-z_][\w-]*", key):
        return key
    text = _text(key)
    return text if text.startswith('"') else f"({text})"
