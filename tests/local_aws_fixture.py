"""Fixture `local_aws`: an emulator for one test session. Import it, or list this module in `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from local_aws import server
from local_aws.state import LocalAws


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """Emulator with all patches, a free port and a temporary state folder; with xdist, each worker has its own."""
    root = tmp_path_factory.mktemp("local_aws")
    yield server.start(root)
    server.stop(root)
