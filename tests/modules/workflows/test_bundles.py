"""The bundle setting of a project's tasks, as Terraform evaluates it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from modules.settings import dag_bundles
from tests.synthesised import environment_of
from tests.variants import platform, workflows

SETTING = "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST"
GIT = {"git": {"url": "https://git.example.org/a%20team/x.git?a=1&b=<2>"}}


def contract(**bundles: Any) -> dict[str, Any]:
    """Return the contract that a platform publishes, with references unresolved."""
    document: dict[str, Any] = json.loads(platform(bundles=bundles).only("aws_ssm_parameter")["insecure_value"])
    return document


def environment(folder: Path, document: dict[str, Any]) -> dict[str, str]:
    """Return the variables of a project's task for a contract of its platform."""
    task = json.dumps(workflows().only("aws_ecs_task_definition")["container_definitions"])
    output = {"value": json.loads(task.replace("data.aws_ssm_parameter.platform.insecure_value", "var.contract"))}
    root = {"variable": {"contract": {"type": "string"}}, "output": {"containers": output}}
    (folder / "main.tf.json").write_text(json.dumps(root))
    told = {**os.environ, "TF_VAR_contract": json.dumps(document), "CHECKPOINT_DISABLE": "1"}
    for command in (["init"], ["apply", "-auto-approve"], ["output", "-raw", "containers"]):
        done = subprocess.run(
            ["terraform", *command], cwd=folder, env=told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    (container,) = json.loads(done.stdout)
    return environment_of(container)


def test_a_projects_task_has_the_platforms_bundles(tmp_path: Path) -> None:
    scheduler = environment_of(platform(bundles={"sales": GIT}).containers["scheduler_task"]["scheduler"])
    assert "sales" in scheduler[SETTING]
    assert environment(tmp_path, contract(sales=GIT))[SETTING] == scheduler[SETTING]


@pytest.mark.parametrize("left_out", [{"dag_bundles"}, set()])
def test_a_contract_without_bundles_means_the_two_default_ones(tmp_path: Path, left_out: set[str]) -> None:
    older = {name: value for name, value in contract().items() if name not in left_out}
    assert environment(tmp_path, older)[SETTING] == dag_bundles()
