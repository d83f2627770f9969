"""Synthesise much faster than stock CDKTF, in less memory, with the same output. README.md says how and why.

`enable()` must run before anything imports the AWS bindings, so it stands at the top of `main.py`.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from . import cache, head_start
from .installed_package import identity, installed_package
from .misfit import Misfit
from .missing_module import ExplainMissingModule
from .used_modules import PACKAGE, used_modules

WHOLE = ("cdktf", "constructs")
SOURCES = ("main.py", "backend", "configuration", "modules")


def enable(root: Path, sources: Iterable[str] = SOURCES, *, meanwhile: Iterable[str] = ()) -> None:
    """Make `from cdktf_cdktf_provider_aws.x import Y` find a copy of the package with only the modules that are used.

    `sources` are the files and folders below `root` that import the package. `meanwhile` names other modules that the
    program is about to import, which take long and do not need CDKTF: they are imported while Node starts.
    Whatever does not fit is told on standard error, and stock CDKTF goes on. Never raises. Does nothing at all if the
    environment has FAST_SYNTH=off.
    """
    if os.environ.get("FAST_SYNTH") == "off":
        return
    sources = tuple(sources)
    place = Path(os.environ.get("FAST_SYNTH_CACHE") or root / ".cache" / "fast_synth").absolute()
    try:
        try:
            _put_first_on_path(_slim_package(root, sources, place), place)
            ExplainMissingModule.install(sources)
        finally:
            head_start.begin(meanwhile, place)
    except Misfit as misfit:
        _note(str(misfit))
    except Exception as error:  # the fast path is an extra: no failure of it may stop a synthesis
        _note(f"{type(error).__name__}: {error}")


def _slim_package(root: Path, sources: Iterable[str], place: Path) -> Path:
    modules = used_modules(root, sources)
    if not modules:
        raise Misfit(f"nothing in {', '.join(sources)} imports {PACKAGE}")
    installed, *whole = (installed_package(name, beside=place) for name in (PACKAGE, *WHOLE))

    def build(target: Path) -> None:
        from .slim_package import build_slim_package  # here, as what it imports would cost every run 20 ms

        build_slim_package(installed, modules, whole, target)

    return cache.entry(place, _key(identity(installed, modules, whole)), build)


def _key(identities: Iterable[str]) -> str:
    """A digest of all that decides what the slim package holds."""
    ours = (source.read_text(encoding="utf-8") for source in sorted(Path(__file__).parent.glob("*.py")))
    parts = [sys.implementation.cache_tag or "", *identities, *ours]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _put_first_on_path(entry: Path, place: Path) -> None:
    loaded = sys.modules.get(PACKAGE)
    if loaded is not None and Path(getattr(loaded, "__file__", None) or "").parent.parent != entry:
        raise Misfit(f"{PACKAGE} was imported before fast_synth.enable()")
    sys.path[:] = [str(entry), *(path for path in sys.path if not path.startswith(str(place)))]


def _note(reason: str) -> None:
    print(f"fast_synth: using stock CDKTF, which is slower, because {' '.join(reason.split())}", file=sys.stderr)
