"""Build a copy of the provider package with the used modules only (453 MB become 15 MB), and a copy of CDKTF."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from fast_synth.installed_package import tarball_of
from fast_synth.trimmed_tarball import write_trimmed_tarball
from fast_synth.unsupported_setup import UnsupportedSetup
from fast_synth.used_modules import PACKAGE

NAMESPACE = re.compile(r'jsii_type="@cdktf/provider-aws\.([^."]+)\.')
INIT = '"""The modules of the installed provider that this project imports. Built by fast_synth; safe to delete."""\n'
COMPILER = Path(__file__).parent / "compile_package.py"


def build_slim_package(installed: Path, modules: Iterable[str], complete: Iterable[Path], target: Path) -> None:
    """Create the folder ``target`` with ``modules`` of the ``installed`` provider, and with ``complete`` packages.

    The Python is copied unchanged, and compiled. Left out are the provider's `__init__.py`, which imports all 2,136
    modules, and the JavaScript of other modules. Takes 1 s on two cores.
    """
    for other in complete:
        shutil.copytree(other, target / other.name, ignore=shutil.ignore_patterns("__pycache__"))
    package = target / PACKAGE
    namespaces = set()
    for module in ("_jsii", *modules):
        (package / module).mkdir(parents=True)
        shutil.copy(installed / module / "__init__.py", package / module)
    for module in modules:
        found = set(NAMESPACE.findall((package / module / "__init__.py").read_text(encoding="utf-8")))
        if len(found) != 1:
            raise UnsupportedSetup(f"the provider's module {module} has types of {len(found)} jsii modules, expected 1")
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
        raise UnsupportedSetup(f"the modules did not compile: {errors.decode()}")
