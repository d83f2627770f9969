"""Variables: what is written by hand, and what a configuration adds."""

import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from module_export.hcl import formatted
from module_export.module import variables
from module_export.variables import completed
from modules.platform.sign_in import Domain, SignInConfig
from modules.project import GITHUB, HOST_KEY
from tests.module_export.test_modules import files


class Sizes(BaseModel):
    count: Annotated[int, Field(ge=1, le=10)] = 2
    share: Annotated[float, Field(multiple_of=0.5)]
    kind: Literal["a", "b"] = "a"
    name: Annotated[str, Field(pattern=r"^\w+$", min_length=2)] | None = None


def _variable(name: str, *, rest: str = "") -> dict[str, object]:
    text = f'variable "{name}" {{\n  description = "what it is"\n{rest}}}\n'
    variable: dict[str, object] = variables(formatted(completed(text, [("size_", Sizes)])))[name]
    return variable


def test_a_variable_has_the_type_the_default_and_the_limits_of_its_field() -> None:
    assert _variable("size_count") == {
        "description": "what it is",
        "type": "number",
        "default": 2,
        "nullable": False,
        "validation": [
            {
                "condition": "${floor(var.size_count) == var.size_count}",
                "error_message": "size_count must be a whole number.",
            },
            {"condition": "${var.size_count >= 1}", "error_message": "size_count must be 1 or more."},
            {"condition": "${var.size_count <= 10}", "error_message": "size_count must be 10 or less."},
        ],
    }
    assert "default" not in _variable("size_share")
    assert _variable("size_kind")["validation"] == [
        {"condition": '${contains(["a", "b"], var.size_kind)}', "error_message": 'size_kind must be one of "a", "b".'}
    ]


def test_the_rules_of_a_variable_that_may_be_null_allow_null() -> None:
    variable = _variable("size_name")
    assert variable["default"] is None
    assert "nullable" not in variable
    assert variable["validation"] == [
        {
            "condition": "${var.size_name == null ? true : length(var.size_name) >= 2}",
            "error_message": "size_name must have 2 characters or more.",
        },
        {
            "condition": '${var.size_name == null ? true : can(regex("^\\\\w+$", var.size_name))}',
            "error_message": "size_name must match ^\\w+$.",
        },
    ]


def test_what_is_written_by_hand_stays() -> None:
    rule = '\n  validation {\n    condition     = var.size_count != 7\n    error_message = "not 7"\n  }\n'
    validation = _variable("size_count", rest=rule)["validation"]
    assert isinstance(validation, list)
    assert validation[-1] == {"condition": "${var.size_count != 7}", "error_message": "not 7"}
    assert _variable("other", rest="  type = list(string)\n") == {
        "description": "what it is",
        "type": "${list(string)}",
    }


@pytest.mark.parametrize(
    ("module", "pattern"),
    [
        ("platform", TypeAdapter(Domain).json_schema()["pattern"]),
        ("platform", SignInConfig.model_json_schema()["properties"]["client_secret_arn"]["pattern"]),
        ("workflows", HOST_KEY),
        ("workflows", f"^{GITHUB.pattern}$"),
    ],
)
def test_patterns_that_are_written_by_hand_are_those_of_the_configuration(module: str, pattern: str) -> None:
    assert json.dumps(pattern) in files(module)["variables.tf"] + files(module)["locals.tf"]
