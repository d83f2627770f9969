from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import server
from local_aws.state import LocalAws
from tests.local_aws.clients import Connect, connect_to
from tests.local_aws_fixture import local_aws as local_aws


@pytest.fixture(scope="session")
def patched(local_aws: LocalAws) -> Connect:
    """boto3 clients of the emulator as everybody gets it."""
    return connect_to(local_aws)


@pytest.fixture(scope="session")
def unpatched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """boto3 clients of ministack as it is: what fails here is why there is a patch."""
    root = tmp_path_factory.mktemp("unpatched")
    yield connect_to(server.start(root, patches=()))
    server.stop(root)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A project without an emulator; one that a test leaves running is stopped."""
    yield tmp_path
    server.stop(tmp_path)
