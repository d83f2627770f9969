"""Names of a configuration's fields."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel


def fields(model: type[BaseModel], whole: set[str], parent: str = "") -> Iterator[str]:
    """Yield the paths of all fields; those in ``whole`` are not divided."""
    for name, info in model.model_fields.items():
        kinds = [one for one in (info.annotation, *get_args(info.annotation)) if isinstance(one, type)]
        inner = next((one for one in kinds if issubclass(one, BaseModel)), None)
        if inner is None or parent + name in whole:
            yield parent + name
        else:
            yield from fields(inner, whole, f"{parent}{name}.")
