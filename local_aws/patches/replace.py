"""Replacement of a function of ministack or of its web server, provided that it has the expected parameters."""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local_aws.errors import LocalAwsError

Function = Callable[..., Any]


def replace(module: ModuleType | type, name: str, parameters: str, wrap: Callable[[Function], Function]) -> None:
    """Replace `module.name` by `wrap(original)`, also in the module's tables of actions.

    `parameters` are the parameter names of the original, separated by spaces. Raises LocalAwsError if they differ.
    """
    original = getattr(module, name, None)
    if not callable(original) or " ".join(inspect.signature(original).parameters) != parameters:
        raise LocalAwsError(
            f"ministack no longer has {module.__name__}.{name}({', '.join(parameters.split())}): find the patch in "
            "local_aws/patches, and remove it if ministack behaves like AWS now, or adapt it"
        )
    replacement = functools.wraps(original)(
        wrap(original)
    )  # keeps the signature, for a second patch of the same function
    setattr(module, name, replacement)
    for table in vars(module).values():
        if isinstance(table, dict):
            table.update({key: replacement for key, value in table.items() if value is original})
