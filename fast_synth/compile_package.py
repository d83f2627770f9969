"""Compile the modules of a package as `python -OO` does, in a separate process: `python compile_package.py FOLDER`.

- `-O` removes jsii's checks of argument types in Python (0.15 s of 1.2 s): its kernel in Node checks them again. `-OO` also removes docstrings.
- Annotations stay text (PEP 563), because only those checks evaluate them: building thousands of `typing.Union` takes
  half the time of an import. The functions at the end of each module, which only carry annotations, are cut off.
- Structs are registered with `sparse_structs`.
- The compiled files are marked "unchecked" (PEP 552): they are written once, and moved together with their sources.
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
    """Write the compiled form of each `__init__.py` below ``package``, with unchanged line numbers."""
    for file in package.rglob("__init__.py"):
        source, _, _ = file.read_bytes().partition(b"\ndef _typecheckingstub__")
        if (
            IMPORT in source and VALUES in source
        ):  # otherwise the structs have a layout that sparse_structs does not support
            source = source.replace(b"@jsii.data_type(", b"@sparse_structs.data_type(")
            source = source.replace(IMPORT, IMPORT.rstrip() + b"; from fast_synth import sparse_structs\n")
        flags = __future__.annotations.compiler_flag
        code = compile(source, file, "exec", flags=flags, dont_inherit=True, optimize=2)
        compiled = Path(importlib.util.cache_from_source(str(file), optimization=""))
        compiled.parent.mkdir()
        header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
        compiled.write_bytes(header + marshal.dumps(code))


if __name__ == "__main__":
    compile_package(Path(sys.argv[1]))
