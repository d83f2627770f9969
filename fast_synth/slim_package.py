"""Build a copy of the installed provider package that holds the used modules only: 453 MB become 15 MB; and of CDKTF."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from .installed_package import tarball_of
from .misfit import Misfit
from .trimmed_tarball import write_trimmed_tarball
from .used_modules import PACKAGE

NAMESPACE = re.compile(r'jsii_type="@cdktf/provider-aws\.([^."]+)\.')
INIT = '"""The modules of the installed provider that this project imports; made by fast_synth, safe to delete."""\n'
COMPILER = Path(__file__).parent / "compile_package.py"


def build_slim_package(installed: Path, modules: Iterable[str], whole: Iterable[Path], target: Path) -> None:
    """Make the folder `target` with the package in it, from the `installed` one, and with packages to be used whole.

    The Python is copied as it is, and compiled. What goes is the provider's `__init__.py`, which imports all 2,136
    modules, and the other modules' JavaScript. Takes 1 s, on two cores.
    """
    for other in whole:
        shutil.copytree(other, target / other.name, ignore=shutil.ignore_patterns("__pycache__"))
    package = target / PACKAGE
    namespaces = set()
    for module in ("_jsii", *modules):
        (package / module).mkdir(parents=True)
        shutil.copy(installed / module / "__init__.py", package / module)
    for module in modules:
        found = set(NAMESPACE.findall((package / module / "__init__.py").read_text(encoding="utf-8")))
        if len(found) != 1:
            raise Misfit(f"the provider's module {module} holds types of {len(found)} jsii modules, not of one")
        namespaces |= found
    (package / "__init__.py").write_text(INIT, encoding="utf-8")
    tarball = tarball_of(installed)
    with subprocess.Popen([sys.executable, "-I", "-S", COMPILER, target], stderr=subprocess.PIPE) as compiler:
        try:
            write_trimmed_tarball(tarball, package / "_jsii" / tarball.name, namespaces)
        except BaseException:
            compiler.kill()
            raise
        _, errors = compiler.communicate()
    if compiler.returncode:
        raise Misfit(f"the modules did not compile: {errors.decode()}")
