"""Registry of facts about the patches of the local AWS: each holds with its patch and fails without it."""

import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Subject = TypeVar("Subject")


class Facts(Generic[Subject]):
    """Facts about one kind of patch, keyed by the name of the patch."""

    def __init__(self) -> None:
        self.of: dict[str, Callable[[Subject], Any]] = {}

    def shows(self, patch: str) -> Callable[[Callable[[Subject], Any]], Callable[[Subject], Any]]:
        """Register the decorated function as the fact of a patch."""

        def register(fact: Callable[[Subject], Any]) -> Callable[[Subject], Any]:
            self.of[patch] = fact
            return fact

        return register


def unique(prefix: str) -> str:
    """Return a name that no other fact uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"
