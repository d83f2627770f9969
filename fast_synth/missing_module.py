"""Explain an import of a provider module that the slim package does not have."""

from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

from fast_synth.used_modules import PACKAGE


class ExplainMissingModule(MetaPathFinder):
    """The last finder: Python asks it only for modules that no other finder has found."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources = ", ".join(sources)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise ModuleNotFoundError with the reason and the remedy for a module of the provider."""
        if fullname.startswith(f"{PACKAGE}.") and path:
            raise ModuleNotFoundError(
                f"fast_synth made {PACKAGE} without {fullname.rpartition('.')[2]!r}, because nothing in {self.sources} "
                "imports it: import it there, or run the program without `-m fast_synth`",
                name=fullname,
            )
