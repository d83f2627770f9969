"""How every patch gets in: by replacing one function of ministack, or of its server, if it is the one that we know."""

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from local_aws.errors import LocalAwsError

Function = Callable[..., Any]


def replace(module: ModuleType | type, name: str, parameters: str, wrap: Callable[[Function], Function]) -> None:
    """Put `wrap(original)` in the place of `module.name`, also in the tables that map actions to functions.

    `parameters` are the names that the original is known to have, separated by spaces; otherwise raises LocalAwsError.
    """
    original = getattr(module, name, None)
    if not callable(original) or " ".join(inspect.signature(original).parameters) != parameters:
        raise LocalAwsError(
            f"ministack has no {module.__name__}.{name}({', '.join(parameters.split())}) any more: see whether the gap "
            "that local_aws/patches fills there is closed, and remove or adapt the patch"
        )
    replacement = functools.wraps(original)(wrap(original))  # keeps the signature: two patches may meet in one place
    setattr(module, name, replacement)
    for table in vars(module).values():
        if isinstance(table, dict):
            table.update({key: replacement for key, value in table.items() if value is original})
