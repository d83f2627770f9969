"""Some of the stacks, as a command line names them."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


class Selection:
    """Stacks by name, or by patterns such as ``dev-*``; with no word at all, every stack."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        words = set(words)
        self._patterns = {word for word in words if set(word) & set("*?[")}
        self._names = words - self._patterns

    def __contains__(self, name: object) -> bool:
        everything = not self._names and not self._patterns
        return everything or name in self._names or any(fnmatchcase(str(name), pattern) for pattern in self._patterns)
