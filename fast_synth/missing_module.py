"""Say what to do when a module is imported that the slim package does not hold."""

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

from .used_modules import PACKAGE


class ExplainMissingModule(MetaPathFinder):
    """The last finder, so it is only asked for what no other has found."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources = ", ".join(sources)

    @classmethod
    def install(cls, sources: Iterable[str]) -> None:
        """Take the place of an earlier one."""
        sys.meta_path[:] = [*(finder for finder in sys.meta_path if not isinstance(finder, cls)), cls(sources)]

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Find nothing, and explain that."""
        if fullname.startswith(f"{PACKAGE}.") and path:
            raise ModuleNotFoundError(
                f"fast_synth made {PACKAGE} without {fullname.rpartition('.')[2]!r}, as nothing in {self.sources} "
                "imports it: pass the folder that does to fast_synth.enable(), or set FAST_SYNTH=off",
                name=fullname,
            )
