"""The packages as pip installed them: where they are, and which files of them decide what a slim one holds."""

import re
import sys
from collections.abc import Collection, Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from .misfit import Misfit

LOADS_THE_TARBALL = re.compile(r'JSIIAssembly\.load\(\s*"@cdktf/provider-aws", "[^"]+", __name__\[0:-6\], "([^"]+)"')


def installed_package(name: str, *, beside: Path) -> Path:
    """Its folder; slim packages, which are in `beside`, are passed over."""
    spec = PathFinder.find_spec(name, [path for path in sys.path if not path.startswith(str(beside))])
    if spec is None or spec.origin is None:
        raise Misfit(f"{name} is not installed")
    return Path(spec.origin).parent


def tarball_of(installed: Path) -> Path:
    """The JavaScript that the `installed` package says it loads."""
    loads = LOADS_THE_TARBALL.search((installed / "_jsii" / "__init__.py").read_text(encoding="utf-8"))
    if loads is None:
        raise Misfit("the provider loads its JavaScript in a way that is not known")
    return installed / "_jsii" / loads[1]


def identity(installed: Path, modules: Iterable[str], whole: Collection[Path]) -> Iterator[str]:
    """Name, size and time of each file that matters: 60 of them, a millisecond.

    Of the packages that are used whole, their own and the one that names their JavaScript.
    """
    folders = (*(installed / module for module in ("_jsii", *modules)), *whole, *(one / "_jsii" for one in whole))
    for file in (tarball_of(installed), *(folder / "__init__.py" for folder in folders)):
        try:
            stat = file.stat()
        except FileNotFoundError as error:
            raise Misfit(f"the installed provider has no module {file.parent.name}") from error
        yield f"{file.parent.name}/{file.name} {stat.st_size} {stat.st_mtime_ns}"
