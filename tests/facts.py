"""What each patch of the local AWS is for, as a fact that holds with the patch and fails without it."""

import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Subject = TypeVar("Subject")


class Facts(Generic[Subject]):
    """The facts of one kind of patch, by the patch's name."""

    def __init__(self) -> None:
        self.of: dict[str, Callable[[Subject], Any]] = {}

    def shows(self, patch: str) -> Callable[[Callable[[Subject], Any]], Callable[[Subject], Any]]:
        """Marks the fact that a patch is there for."""

        def register(fact: Callable[[Subject], Any]) -> Callable[[Subject], Any]:
            self.of[patch] = fact
            return fact

        return register


def unique(prefix: str) -> str:
    """A name that no other fact uses."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"
