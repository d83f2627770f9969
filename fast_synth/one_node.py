"""jsii with one Node instead of two: a fifth of a synthesis is messages that the one hands on to the other."""

import hashlib
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from . import cache
from .misfit import Misfit

ENTRY = Path(__file__).with_suffix(".js")
# The two of jsii's files that are needed, as the package has them and as they call each other.
FILES = {"lib__program.js": "program.js", "lib__runtime-index-worker.js": "runtime-index-worker.js"}
SPEAKS_AT_3 = "readFD:3,writeFD:3"
# How jsii starts the Node that does the work.
NODE_OPTIONS = "--preserve-symlinks"


def runtime(place: Path) -> Path:
    """What JSII_RUNTIME is to name, kept below ``place``."""
    spec = find_spec("jsii")
    if spec is None or spec.origin is None:
        raise Misfit("jsii is not installed")
    folder = Path(spec.origin).parent / "_embedded" / "jsii"

    def build(target: Path) -> None:
        target.mkdir()
        for there, here in FILES.items():
            if not (folder / there).is_file():
                raise Misfit(f"jsii {version('jsii')} has no {there}")
            shutil.copy(folder / there, target / here)
        if SPEAKS_AT_3 not in (target / "program.js").read_text(encoding="utf-8"):
            raise Misfit(f"jsii {version('jsii')} does not exchange its messages as is known here")
        shutil.copy(ENTRY, target)

    parts = [version("jsii"), *(file.read_text(encoding="utf-8") for file in (ENTRY, Path(__file__)))]
    return cache.entry(place, f"jsii-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:27]}", build) / ENTRY.name
