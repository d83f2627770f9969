"""The templates of environments and projects have every field, with its default."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from configuration.tfvars import read
from configuration.values import parse
from modules.config import Config
from modules.platform.config import PlatformConfig
from modules.project import ProjectConfig
from modules.workflows.access import AccessConfig
from tests.conftest import ROOT

FOLDER = ROOT / "templates" / "environment"
TEMPLATES = [(FOLDER / "platform.tfvars", PlatformConfig), (FOLDER / "projects" / "project.tfvars", ProjectConfig)]
# Fields whose default is empty or None: the templates show an example.
SHOWN_INSTEAD = {
    "tags", "aws_profile", "network.vpc.public_subnets", "network.vpc.private_subnets", "network.existing_vpc",
    "entry.certificate_arn", "entry.domain", "sign_in", "sign_in.issuer", "sign_in.groups_claim", "sign_in.group_roles",
    "image.digest", "airflow.settings", "files.expire_days", "variables", "repository.host_keys",
    *(f"access.{field}" for field in AccessConfig.model_fields), "bundles",
}  # fmt: skip
# Maps from a name that the operator chooses to fields.
MAPS = {"bundles"}


def uncommented(text: str) -> str:
    """Return a template with every setting uncommented; explanations stay comments."""
    setting = re.compile(r"# ( *(?:\w+ = \S.*|\}))$")
    return "\n".join(setting.sub(r"\1", line.strip()) for line in text.splitlines() if "`" not in line)


def nested(annotation: Any) -> type[BaseModel] | None:
    kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
    return next((kind for kind in kinds if issubclass(kind, BaseModel)), None)


def fields(model: type[BaseModel], prefix: str = "", default: Any = PydanticUndefined) -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and the default of every field of a model and of the models inside it."""
    for name, field in model.model_fields.items():
        value = getattr(default, name) if isinstance(default, Config) else field.default
        yield f"{prefix}{name}", value
        if inner := nested(field.annotation):
            yield from fields(inner, f"{prefix}{name}.", value)


def settings(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        yield f"{prefix}{name}", value
        if prefix + name in MAPS:
            for one in value.values():
                yield from settings(one, f"{prefix}{name}.")
        elif isinstance(value, dict) and prefix + name not in SHOWN_INSTEAD - {"network.existing_vpc", "sign_in"}:
            yield from settings(value, f"{prefix}{name}.")


@pytest.mark.parametrize(("file", "model"), TEMPLATES)
def test_it_can_be_loaded_unchanged(file: Path, model: type[BaseModel]) -> None:
    read(file, model)


@pytest.mark.parametrize(("file", "model"), TEMPLATES)
def test_it_has_every_field_and_no_other(tmp_path: Path, file: Path, model: type[BaseModel]) -> None:
    whole = tmp_path / "whole.tfvars"
    whole.write_text(uncommented(file.read_text()))
    assert {name for name, _ in settings(parse(whole).tree)} == {name for name, _ in fields(model)}


@pytest.mark.parametrize(("file", "model"), TEMPLATES)
def test_the_defaults_that_it_shows_are_those_of_the_model(tmp_path: Path, file: Path, model: type[BaseModel]) -> None:
    whole = tmp_path / "whole.tfvars"
    whole.write_text(uncommented(file.read_text()))
    said = dict(settings(parse(whole).tree))
    required = {name for name, _ in settings(parse(file).tree)}
    defaults = {
        name: default
        for name, default in fields(model)
        if name not in required | SHOWN_INSTEAD and default not in (None, PydanticUndefined)
        if not isinstance(default, Config)
    }
    assert defaults
    assert {name: said[name] for name in defaults} == defaults
