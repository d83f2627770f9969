"""Compile the modules of a package as `python -OO` would: `python compile_package.py FOLDER`, a process of its own.

jsii's Python checks the type of every argument, and its kernel in Node then checks them all again; -O leaves out the
former (0.15 s of 1.2 s), -OO the docstrings too. Annotations stay text (PEP 563), since only those checks would read
them: making thousands of `typing.Union` is half the time of importing. The end of each module, functions that only
carry annotations, goes for the same reason. Structs are registered by set_fields. The compiled files say "unchecked"
(PEP 552), as they and their sources are written once and move together.
"""

import __future__

import importlib.util
import marshal
import sys
from pathlib import Path

IMPORT = b"\nimport jsii\n"
VALUES = b"self._values: typing.Dict[builtins.str, typing.Any] = {"
UNCHECKED_HASH = (0b01).to_bytes(4, "little")


def compile_package(package: Path) -> None:
    """Write the compiled form of each `__init__.py` below `package`, with the same lines as it."""
    for file in package.rglob("__init__.py"):
        source, _, _ = file.read_bytes().partition(b"\ndef _typecheckingstub__")
        if IMPORT in source and VALUES in source:  # otherwise its structs are built in a way that is not known
            source = source.replace(b"@jsii.data_type(", b"@set_fields.data_type(")
            source = source.replace(IMPORT, IMPORT.rstrip() + b"; from fast_synth import set_fields\n")
        flags = __future__.annotations.compiler_flag
        code = compile(source, file, "exec", flags=flags, dont_inherit=True, optimize=2)
        compiled = Path(importlib.util.cache_from_source(str(file), optimization=""))
        compiled.parent.mkdir()
        header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
        compiled.write_bytes(header + marshal.dumps(code))


if __name__ == "__main__":
    compile_package(Path(sys.argv[1]))
