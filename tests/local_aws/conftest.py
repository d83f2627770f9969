from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import server
from local_aws.state import LocalAws
from tests.local_aws.clients import Connect, connect_to
from tests.local_aws_fixture import local_aws as local_aws


@pytest.fixture(scope="session")
def patched(local_aws: LocalAws) -> Connect:
    """boto3 clients of an emulator with all patches."""
    return connect_to(local_aws)


@pytest.fixture(scope="session")
def unpatched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """boto3 clients of ministack without patches."""
    root = tmp_path_factory.mktemp("unpatched")
    yield connect_to(server.start(root, patches=()))
    server.stop(root)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Project folder without an emulator. An emulator that a test leaves running is stopped."""
    yield tmp_path
    server.stop(tmp_path)
