"""Find the AWS modules that a project imports."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from fast_synth.unsupported_setup import UnsupportedSetup

PACKAGE = "cdktf_cdktf_provider_aws"

OTHER_IMPORT = f"does not import as `from {PACKAGE}.<module> import <Class>`"
MENTION = re.compile(PACKAGE.encode())
PLAIN_IMPORT = re.compile(rb"^[ \t]*from %b\.(\w+) import\b" % PACKAGE.encode(), re.MULTILINE)


def used_modules(root: Path, sources: Iterable[str]) -> list[str]:
    """Return the names of the provider's modules that ``sources`` below ``root`` import, sorted, each once.

    Reads every source on every run: 100 files take 3 ms, and a cached answer would need a rule for its expiry.
    Raises UnsupportedSetup, naming file and line, for a use that is not `from cdktf_cdktf_provider_aws.x import Y`.
    """
    return sorted({module for file in _python_files(root, sources) for module in _modules_of(file, root)})


def _python_files(root: Path, sources: Iterable[str]) -> Iterator[Path]:
    for source in sources:
        path = root / source
        if path.is_dir():
            yield from path.rglob("*.py")
        elif path.exists():
            yield path


def _modules_of(file: Path, root: Path) -> Iterable[str]:
    content = file.read_bytes()
    plain = PLAIN_IMPORT.findall(content)
    if len(plain) == len(MENTION.findall(content)):
        return [module.decode() for module in plain]
    return _modules_of_tree(content, file.relative_to(root))


def _modules_of_tree(content: bytes, file: Path) -> Iterator[str]:
    """Parse a file that names the package outside a plain import: a docstring may, any other import may not."""
    import ast  # not at the top: it takes 5 ms, and hardly any run needs it

    try:
        tree = ast.parse(content)
    except SyntaxError:
        return  # Python reports it when it imports the file
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == PACKAGE:
            path = (node.module or "").split(".")
            if len(path) != 2:
                raise UnsupportedSetup(f"{file}:{node.lineno} {OTHER_IMPORT}")
            yield path[1]
        elif isinstance(node, ast.Import) and any(alias.name.split(".")[0] == PACKAGE for alias in node.names):
            raise UnsupportedSetup(f"{file}:{node.lineno} {OTHER_IMPORT}")
        elif isinstance(node, ast.Constant) and PACKAGE in str(node.value) and id(node) not in prose:
            raise UnsupportedSetup(
                f"{file}:{node.lineno} names {PACKAGE} in a string, which hides the modules that it imports"
            )
