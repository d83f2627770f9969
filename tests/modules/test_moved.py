import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cdktf import App

import module_export.workflows
from modules.moved import moved_blocks_without_keys
from modules.platform.platform import Platform
from modules.stack import Stack
from modules.stack_id import StackId
from tests.synthesised import synthesise
from tests.variants import infrastructure, platform, platform_config, workflows

RENAMED = {"terraform_data.before": "terraform_data.after", "terraform_data.zone__a": "terraform_data.place__a"}


class Renamed(Stack):
    """A stack with two renamed resources."""

    moved = RENAMED


def document() -> dict[str, Any]:
    def build(app: App) -> None:
        stack = Renamed(app, StackId("test", "platform"), platform_config())
        stack.add_override("resource.terraform_data", {"after": {"input": 1}, "place__a": {"input": 2}})

    return synthesise(build)["test-platform"].document


def terraform(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["terraform", *arguments, "-no-color"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_renamed_resource_moves_in_the_state(tmp_path: Path) -> None:
    main = tmp_path / "main.tf.json"
    main.write_text(json.dumps({"resource": {"terraform_data": {"before": {"input": 1}, "zone__a": {"input": 2}}}}))
    terraform(tmp_path, "init")
    terraform(tmp_path, "apply", "-auto-approve")
    # The provider and the backend are not needed for terraform_data.
    main.write_text(json.dumps({key: document()[key] for key in ("resource", "moved")}))
    terraform(tmp_path, "validate")
    plan = terraform(tmp_path, "plan")
    assert "terraform_data.before has moved to terraform_data.after" in plan
    assert "terraform_data.zone__a has moved to terraform_data.place__a" in plan
    assert "0 to add, 0 to change, 0 to destroy" in plan


def test_a_released_module_moves_all_keys_of_a_resource_at_once() -> None:
    assert moved_blocks_without_keys(
        RENAMED | {"aws_subnet.a__a": "aws_subnet.b__a", "aws_subnet.a__b": "aws_subnet.b__b"}
    ) == [
        {"from": "terraform_data.before", "to": "terraform_data.after"},
        {"from": "terraform_data.zone", "to": "terraform_data.place"},
        {"from": "aws_subnet.a", "to": "aws_subnet.b"},
    ]


def test_a_released_module_has_the_blocks_of_its_stack() -> None:
    released = replace(module_export.workflows.module(), moved=RENAMED)
    main = released.files()["main.tf"]
    assert "moved {\n  from = terraform_data.before\n  to   = terraform_data.after\n}\n" in main
    assert "moved {\n  from = terraform_data.zone\n  to   = terraform_data.place\n}\n" in main


@pytest.mark.parametrize("stack", [platform, infrastructure, workflows])
def test_nothing_was_renamed_before_the_first_release(stack: Any) -> None:
    assert "moved" not in stack().document
    assert Platform.moved == {}
