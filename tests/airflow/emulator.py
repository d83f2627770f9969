"""The local AWS of this project, as `pytest_plugins` takes it: it has packages of its own, in .venv."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from instance import PYTHON, ROOT

CODE = "import json, sys; from pathlib import Path; from local_aws import server; root = Path(sys.argv[1]);"


class Aws:
    """An AWS with nothing in it; `environment` is what a program needs to use it and no other."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def client(self, service: str) -> Any:
        """A client of boto3."""
        return boto3.client(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )


@pytest.fixture(scope="session")
def running_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One for all tests, on a free port of loopback."""
    root = str(tmp_path_factory.mktemp("aws"))
    try:
        yield Aws(json.loads(_ops("print(json.dumps(server.start(root, with_containers=False).environment()))", root)))
    finally:
        _ops("server.stop(root)", root)


@pytest.fixture
def aws(running_aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """What the test itself calls is in that AWS too."""
    for name, text in running_aws.environment.items():
        monkeypatch.setenv(name, text)
    return running_aws


def _ops(code: str, root: str) -> str:
    command = [PYTHON, "-c", CODE + code, root]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
