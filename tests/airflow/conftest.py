import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from instance import Instance, stop


@pytest.fixture(scope="session")
def airflow() -> Iterator[Instance]:
    """One Airflow for all tests; what a test leaves in it has a name of its own."""
    home = Path(
        tempfile.mkdtemp(prefix="airflow-test-")
    )  # pytest's own folders may not be entered by PostgreSQL's user
    home.chmod(0o755)
    try:
        yield Instance.start(home / "home")
    finally:
        stop(home / "home")
        shutil.rmtree(home)
