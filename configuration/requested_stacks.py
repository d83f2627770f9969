"""Selection of the stacks that a process has to build."""

import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import ClassVar

VARIABLE = "AIRFLOW_ON_AWS_STACKS"
"""Environment variable with names of stacks, separated by blanks."""


class RequestedStacks:
    """Stacks by name or by pattern, such as ``dev-*``; every stack if there is neither."""

    runner: ClassVar["RequestedStacks | None"] = None
    """Extension point: a runner such as fast_synth sets an instance of a subclass, to build fewer stacks."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        words = set(words)
        self._patterns = {word for word in words if set(word) & set("*?[")}
        self._names = words - self._patterns

    @classmethod
    def of_process(cls) -> "RequestedStacks":
        """Return the runner's selection, or without a runner the stacks that VARIABLE names."""
        return cls.runner or cls(os.environ.get(VARIABLE, "").split())

    def __contains__(self, name: object) -> bool:
        everything = not self._names and not self._patterns
        return everything or name in self._names or any(fnmatchcase(str(name), pattern) for pattern in self._patterns)

    def must_build(self, name: str, inputs: Sequence[str], base: str | None = None) -> bool:
        """Return whether this process has to build the stack ``name``.

        ``inputs`` is everything that the stack depends on, except the source code; ``base`` is the stack that it reads from.
        """
        return name in self
