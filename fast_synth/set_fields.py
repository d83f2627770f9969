"""What jsii sends of a struct: only the fields that are set, which are few of the many that AWS has."""

from collections.abc import Mapping
from typing import Any

import jsii


class _Fields(dict[str, str]):
    """A struct's names in Python and in JavaScript: those of all fields, and from a value of it those that it has set."""

    def __get__(self, struct: Any, _: type) -> Mapping[str, str]:
        return self if struct is None else {name: self[name] for name in struct._values}


def data_type(*, name_mapping: Mapping[str, str], **others: Any) -> Any:
    """As jsii.data_type, which the classes of the slim package would use."""
    return jsii.data_type(name_mapping=_Fields(name_mapping), **others)
