"""Cut jsii's description of the provider (`.jsii`, 120 MB of JSON) down to the types of some modules."""

import json
import re
from collections.abc import Collection, Iterator
from typing import IO, Any

from fast_synth.unsupported_setup import UnsupportedSetup

ASSEMBLY = "@cdktf/provider-aws"
# jsii 5.7 indents by two spaces: submodules and types are the entries at depth two with this prefix.
ENTRY_START = f'\n    "{ASSEMBLY}.'.encode()
ENTRY_END = b"\n    }"
OWN_TYPE = re.compile(f'"{re.escape(ASSEMBLY)}\\.([^."]+)\\.[^"]+"')
COMPILE_TIME_ONLY = ("docs", "locationInModule", "symbolId")


def trim_assembly(content: IO[bytes], namespaces: Collection[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the assembly with the types of ``namespaces`` only, and the JavaScript folder of each namespace.

    Entries are cut out of the text and only the needed ones are parsed: parsing all takes 1.3 s and a gigabyte.
    """
    types: dict[str, Any] = {}
    folders: dict[str, str] = {}
    parts = _parts(content)
    outline = [next(parts)]
    for part in parts:
        name = part[: part.find(b'"')].decode()
        namespace, dot, _ = name.partition(".")
        if dot and namespace in namespaces:
            definition = json.loads(part[part.find(b"{") : part.find(ENTRY_END) + len(ENTRY_END)])
            folders[namespace] = definition["symbolId"].split("/")[1]
            types[f"{ASSEMBLY}.{name}"] = _at_run_time(definition)
        if not part.endswith(ENTRY_END + b","):  # the last entry is followed by more of the outline
            outline.append(part.partition(ENTRY_END)[2])
    try:
        assembly = json.loads(b"".join(outline))
    except ValueError as error:
        raise UnsupportedSetup(f"the provider's assembly does not have the expected layout: {error}") from error
    _check(assembly, types, namespaces)
    submodules: dict[str, Any] = {f"{ASSEMBLY}.{namespace}": {} for namespace in sorted(namespaces)}
    return assembly | {"submodules": submodules, "types": types, "readme": {"markdown": ""}}, folders


def _parts(content: IO[bytes]) -> Iterator[bytes]:
    """Yield the text before the first entry, then each entry with the text after it; at most a megabyte is in memory."""
    rest = b""
    while chunk := content.read(1 << 20):
        *parts, rest = (rest + chunk).split(ENTRY_START)
        yield from parts
    yield rest


def _at_run_time(definition: Any) -> Any:
    """Return a definition without the keys that only compilers and documentation read, as jsii's own run-time index does."""
    if isinstance(definition, dict):
        return {key: _at_run_time(value) for key, value in definition.items() if key not in COMPILE_TIME_ONLY}
    if isinstance(definition, list):
        return [_at_run_time(value) for value in definition]
    return definition


def _check(assembly: dict[str, Any], types: dict[str, Any], namespaces: Collection[str]) -> None:
    if assembly.get("name") != ASSEMBLY or assembly.get("schema") != "jsii/0.10.0":
        raise UnsupportedSetup(f"the provider's assembly is {assembly.get('name')}, {assembly.get('schema')}")
    if assembly.get("types") or assembly.get("submodules"):
        raise UnsupportedSetup("the provider has types outside its modules")
    mentioned = set(OWN_TYPE.findall(json.dumps(types)))
    if mentioned != set(namespaces):
        raise UnsupportedSetup(
            f"types are missing or shared between modules: {', '.join(sorted(mentioned ^ set(namespaces)))}"
        )
