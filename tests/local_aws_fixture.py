"""The fixture `local_aws`: a private emulator for one test session; name this module in `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from local_aws import server
from local_aws.state import LocalAws


@pytest.fixture(scope="session")
def local_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """An emulator with all patches, on a free port and with a state folder of its own; with xdist one per worker."""
    root = tmp_path_factory.mktemp("local_aws")
    yield server.start(root)
    server.stop(root)
