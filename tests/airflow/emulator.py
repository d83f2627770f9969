"""Fixtures `aws` and `running_aws`: the project's local AWS, which runs with the packages in .venv."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from instance import PYTHON, ROOT

CODE = "import json, sys; from pathlib import Path; from local_aws import server; root = Path(sys.argv[1]);"


class Aws:
    """An empty AWS; `environment` has the variables with which a program uses it and no other AWS."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture(scope="session")
def running_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One AWS for all tests, on a free loopback port."""
    root = str(tmp_path_factory.mktemp("aws"))
    try:
        yield Aws(json.loads(_ops("print(json.dumps(server.start(root, with_containers=False).environment()))", root)))
    finally:
        _ops("server.stop(root)", root)


@pytest.fixture
def aws(running_aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The AWS for a test that also calls it in its own process."""
    for name, text in running_aws.environment.items():
        monkeypatch.setenv(name, text)
    return running_aws


def _ops(code: str, root: str) -> str:
    command = [PYTHON, "-c", CODE + code, root]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
