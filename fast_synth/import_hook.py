"""Prepare fast synthesis when a program first imports CDKTF; a program that never does pays nothing."""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

from fast_synth import cache, warmup
from fast_synth.installed_package import identity, installed_package
from fast_synth.unsupported_setup import UnsupportedSetup, stock_cdktf_on_failure
from fast_synth.used_modules import PACKAGE, used_modules

SOURCES = ("main.py", "backend", "configuration", "modules")
"""Files and folders of a project that import PACKAGE."""
COMPLETE = ("cdktf", "constructs")
"""Packages of which the slim package has every module."""


def install(root: Path) -> None:
    """Prepare fast synthesis of the project in ``root`` as soon as this process imports CDKTF."""
    if not any(isinstance(finder, _FirstImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _FirstImport(root))


class _FirstImport(MetaPathFinder):
    def __init__(self, root: Path) -> None:
        self._root = root
        self._prepared = False

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Find nothing: prepare sys.path and Node, and leave the rest to Python's own finders."""
        if not self._prepared and fullname in (PACKAGE, *COMPLETE):
            self._prepared = True
            use_slim_package(self._root)
            with stock_cdktf_on_failure():
                warmup.start(cache.folder(self._root))


class ExplainMissingModule(MetaPathFinder):
    """The last finder: Python asks it only for modules that no other finder has found."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError with the reason and the remedy for a module of the provider."""
        if fullname.startswith(f"{PACKAGE}.") and path:
            raise ModuleNotFoundError(
                f"fast_synth made {PACKAGE} without {fullname.rpartition('.')[2]!r}, because nothing in {', '.join(SOURCES)} "
                "imports it: import it there, or run the program without `-m fast_synth`",
                name=fullname,
            )


def use_slim_package(root: Path) -> None:
    """Put the slim package first on sys.path; build it if the cache does not have it."""
    with stock_cdktf_on_failure():
        entry = _slim_package(root)
        # An inherited PYTHONPATH may have an older entry.
        sys.path[:] = [str(entry), *(path for path in sys.path if not path.startswith(str(entry.parent)))]
        sys.meta_path.append(ExplainMissingModule())


def _slim_package(root: Path) -> Path:
    folder = cache.folder(root)
    modules = used_modules(root, SOURCES)
    if not modules:
        raise UnsupportedSetup(f"nothing in {', '.join(SOURCES)} imports {PACKAGE}")
    installed, *complete = (installed_package(name, exclude=folder) for name in (PACKAGE, *COMPLETE))

    def build(target: Path) -> None:
        from fast_synth.slim_package import build_slim_package  # not at the top: its imports take 20 ms

        build_slim_package(installed, modules, complete, target)

    return cache.entry(folder, _key(identity(installed, modules, complete)), build)


def _key(identities: Iterable[str]) -> str:
    """Return a digest of everything that determines the content of the slim package."""
    ours = (source.read_text(encoding="utf-8") for source in sorted(Path(__file__).parent.glob("*.py")))
    parts = [sys.implementation.cache_tag or "", *identities, *ours]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
