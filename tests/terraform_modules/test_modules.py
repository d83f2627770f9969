"""The projects' modules of terraform/, as they are written."""

import pytest

from terraform_modules import infrastructure, workflows
from terraform_modules.module import Module
from tests.checkout import ROOT

MODULES: dict[str, Module] = {"infrastructure": infrastructure.module(), "workflows": workflows.module()}


@pytest.mark.parametrize("module", MODULES)
def test_what_is_committed_is_what_the_constructs_make(module: str) -> None:
    written = {file.name: file.read_text() for file in (ROOT / "terraform" / module).iterdir()}
    assert written == MODULES[module].files(), "run `make modules`"


@pytest.mark.parametrize("module", MODULES)
def test_no_mark_is_left_and_no_provider_or_backend_is_set(module: str) -> None:
    text = "".join(MODULES[module].files().values())
    assert not [mark for mark in ("qz", "909090909090", "7919", "7927", "7933", "arn:aws:") if mark in text]
    assert set(MODULES[module].document) <= {"data", "ephemeral", "output", "resource", "terraform"}
    assert set(MODULES[module].document["terraform"]) == {"required_providers", "required_version"}
