"""The provider package as pip installed it: where it is, and which files of it decide what a slim one holds."""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from .misfit import Misfit
from .used_modules import PACKAGE

LOADS_THE_TARBALL = re.compile(r'JSIIAssembly\.load\(\s*"@cdktf/provider-aws", "[^"]+", __name__\[0:-6\], "([^"]+)"')


def installed_package(*, beside: Path) -> Path:
    """Its folder; slim packages, which are in `beside`, are passed over."""
    spec = PathFinder.find_spec(PACKAGE, [path for path in sys.path if not path.startswith(str(beside))])
    if spec is None or spec.origin is None:
        raise Misfit(f"{PACKAGE} is not installed")
    return Path(spec.origin).parent


def tarball_of(installed: Path) -> Path:
    """The JavaScript that the `installed` package says it loads."""
    loads = LOADS_THE_TARBALL.search((installed / "_jsii" / "__init__.py").read_text(encoding="utf-8"))
    if loads is None:
        raise Misfit("the provider loads its JavaScript in a way that is not known")
    return installed / "_jsii" / loads[1]


def identity(installed: Path, modules: Iterable[str]) -> Iterator[str]:
    """Name, size and time of each file that matters: 60 of them, a millisecond."""
    for file in (tarball_of(installed), *(installed / module / "__init__.py" for module in ("_jsii", *modules))):
        try:
            stat = file.stat()
        except FileNotFoundError as error:
            raise Misfit(f"the installed provider has no module {file.parent.name}") from error
        yield f"{file.parent.name}/{file.name} {stat.st_size} {stat.st_mtime_ns}"
