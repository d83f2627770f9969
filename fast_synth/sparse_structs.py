"""Send jsii only the fields of a struct that have a value: few of the many that AWS defines."""

from collections.abc import Mapping
from typing import Any

import jsii


class _Fields(dict[str, str]):
    """Field names in Python and JavaScript: of the class all of them, of an instance those that have a value."""

    def __get__(self, struct: Any, _: type) -> Mapping[str, str]:
        return self if struct is None else {name: self[name] for name in struct._values}


def data_type(*, name_mapping: Mapping[str, str], **others: Any) -> Any:
    """Replace jsii.data_type in the classes of the slim package."""
    return jsii.data_type(name_mapping=_Fields(name_mapping), **others)
