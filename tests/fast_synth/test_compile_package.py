import importlib
from pathlib import Path

import pytest

from fast_synth.compile_package import compile_package

# A struct with two fields, of which `one` has a value, as jsii generates it, and as a later jsii might.
STRUCT = """
import builtins, typing
import jsii

@jsii.data_type(jsii_type="test.Struct", jsii_struct_bases=[], name_mapping={{"one": "one", "two": "two"}})
class Struct:
    def __init__(self, *, one=None, two=None) -> None:
        self.{values}: typing.Dict[builtins.str, typing.Any] = {{
        }}
        if one is not None:
            self.{values}["one"] = one
"""


@pytest.mark.parametrize(("values", "sent"), [("_values", {"one"}), ("_fields", {"one", "two"})])
def test_a_struct_of_an_unknown_layout_is_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: str, sent: set[str]
) -> None:
    name = f"generated_with{values}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(STRUCT.format(values=values))
    compile_package(tmp_path / name)
    monkeypatch.syspath_prepend(tmp_path)
    struct = importlib.import_module(name).Struct(one="1")
    assert set(struct.__jsii_name_mapping__) == sent
