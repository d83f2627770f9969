"""The files of terraform/."""

import re
from functools import cache
from typing import Any

import pytest

from module_export import infrastructure, platform, workflows
from module_export.module import Module, variables
from modules.project import ProjectConfig
from tests.checkout import ROOT
from tests.module_export.fields import fields

MODULES = {"platform": platform.module, "infrastructure": infrastructure.module, "workflows": workflows.module}
PLACEHOLDERS = r"qz\w*|9090909090|\b79(?:19|27|33)\b|\b77\d{4}\b|10\.233\.|10\.99\.|subnet-0[ef]|7{9}|arn:aws:"


@cache
def made(name: str) -> Module:
    return MODULES[name]()


@cache
def files(name: str) -> dict[str, str]:
    return made(name).files()


def variables_of(name: str) -> dict[str, Any]:
    return variables(files(name)["variables.tf"])


@pytest.mark.parametrize("name", MODULES)
def test_what_is_committed_is_what_the_constructs_make(name: str) -> None:
    written = {file.name: file.read_text() for file in (ROOT / "terraform" / name).iterdir()}
    assert written == files(name), "run `make modules`"


@pytest.mark.parametrize("name", MODULES)
def test_no_placeholder_is_left_and_no_provider_or_backend_is_set(name: str) -> None:
    assert not re.findall(PLACEHOLDERS, "".join(files(name).values()))
    assert set(made(name).document) <= {"data", "ephemeral", "locals", "output", "resource", "terraform"}
    assert set(made(name).document["terraform"]) == {"required_providers", "required_version"}


# See docs/how-to/terraform-modules.md.
NOT_VARIABLES = {"access"}


def test_every_field_of_a_projects_file_is_a_variable_or_known_not_to_be() -> None:
    variables = {one for name in ("infrastructure", "workflows") for one in variables_of(name)}
    said = {_path(name) for name in variables - {"environment", "project"}}
    assert said | NOT_VARIABLES == set(fields(ProjectConfig, said | NOT_VARIABLES))


def _path(variable: str) -> str:
    """Return the path of a variable's value in a project's file."""
    if variable == "instance_class":
        return "target.instance.instance_class"
    group, _, field = variable.partition("_")
    within = {"files": "files", "repository": "repository", "task": "task", "target": "target"}
    within |= {kind: f"target.{kind}" for kind in ("serverless", "instance")}
    return f"{within[group]}.{field}" if group in within else variable
