"""Replacement of a function of ministack or of its web server, provided that it has the expected parameters."""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local_aws.errors import LocalAwsError

Function = Callable[..., Any]


def replace(module: ModuleType | type, name: str, parameters: str) -> Callable[[Function], Function]:
    """Replace `module.name` by the decorated function, also in the module's tables of actions.

    The decorated function receives the original as an additional first argument. `parameters` are the parameter names of the
    original, separated by spaces. Raises LocalAwsError if they differ.
    """
    original = getattr(module, name, None)
    if not callable(original) or " ".join(inspect.signature(original).parameters) != parameters:
        raise LocalAwsError(
            f"ministack no longer has {module.__name__}.{name}({', '.join(parameters.split())}): find the patch in "
            "local_aws/patches, and remove it if ministack behaves like AWS now, or adapt it"
        )

    def decorate(function: Function) -> Function:
        @functools.wraps(original)  # keeps the signature, for a second patch of the same function
        def replacement(*arguments: Any, **named: Any) -> Any:
            return function(original, *arguments, **named)

        setattr(module, name, replacement)
        for table in vars(module).values():
            if isinstance(table, dict):
                table.update({key: replacement for key, value in table.items() if value is original})
        return function

    return decorate
