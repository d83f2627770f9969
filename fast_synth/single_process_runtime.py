"""jsii's runtime with one Node process instead of two, whose messages to each other take a fifth of a synthesis."""

import hashlib
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from fast_synth import cache
from fast_synth.unsupported_setup import UnsupportedSetup

ENTRY_POINT = Path(__file__).with_suffix(".js")
# The two of jsii's files that are needed: names in the package, and names by which they require each other.
FILES = {"lib__program.js": "program.js", "lib__runtime-index-worker.js": "runtime-index-worker.js"}
MESSAGES_AT_3 = "readFD:3,writeFD:3"
# jsii starts its second Node with this option.
NODE_OPTIONS = "--preserve-symlinks"


def entry_point(folder: Path) -> Path:
    """Return the file for JSII_RUNTIME, built in the cache ``folder``."""
    spec = find_spec("jsii")
    if spec is None or spec.origin is None:
        raise UnsupportedSetup("jsii is not installed")
    installed = Path(spec.origin).parent / "_embedded" / "jsii"

    def build(target: Path) -> None:
        target.mkdir()
        for source, name in FILES.items():
            if not (installed / source).is_file():
                raise UnsupportedSetup(f"jsii {version('jsii')} has no {source}")
            shutil.copy(installed / source, target / name)
        if MESSAGES_AT_3 not in (target / "program.js").read_text(encoding="utf-8"):
            raise UnsupportedSetup(f"jsii {version('jsii')} does not exchange its messages at file descriptor 3")
        shutil.copy(ENTRY_POINT, target)

    parts = [version("jsii"), *(file.read_text(encoding="utf-8") for file in (ENTRY_POINT, Path(__file__)))]
    key = f"jsii-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:27]}"
    return cache.entry(folder, key, build) / ENTRY_POINT.name
