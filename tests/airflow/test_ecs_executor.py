"""Settings of the ECS executor, as Amazon's provider parses them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from airflow.configuration import conf
from airflow.providers.amazon.aws.executors.ecs.ecs_executor_config import build_task_kwargs
from instance import PYTHON, ROOT

pytestmark = pytest.mark.slow

SYNTHESISE = """
import json
from tests.synthesised import environment_of
from tests.variants import platform
containers = platform().containers["scheduler_task"]
print(json.dumps(environment_of(containers["scheduler"])))
"""


def test_task_arguments_have_the_types_of_boto3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program := tmp_path / "program.py").write_text(SYNTHESISE)
    command = [PYTHON, "-m", "fast_synth", program]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    for name, value in json.loads(printed).items():
        if name.startswith("AIRFLOW__AWS_ECS_EXECUTOR__"):
            monkeypatch.setenv(name, value)
    arguments = build_task_kwargs(conf)
    assert arguments["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert "launchType" not in arguments
    assert arguments["taskDefinition"] == "airflow-test-task"
    assert arguments["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert len(arguments["networkConfiguration"]["awsvpcConfiguration"]["subnets"]) == 2
