import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from instance import Instance, stop

from tests.programs import missing

# Airflow writes a configuration file there when a test imports it.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")

pytest_plugins = ["tests.chromium", "emulator", "company", "celery_instance"]


@pytest.fixture(scope="session")
def airflow() -> Iterator[Instance]:
    """One Airflow for all tests; each test uses its own names in it."""
    needs_postgresql()
    # Not a folder of pytest, which PostgreSQL's user cannot enter.
    home = Path(tempfile.mkdtemp(prefix="airflow-test-"))
    home.chmod(0o755)
    try:
        yield Instance.start(home / "home")
    finally:
        stop(home / "home")
        shutil.rmtree(home)


def needs_postgresql() -> None:
    """Skip the test if PostgreSQL is missing; fail in CI."""
    if shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    missing("PostgreSQL's server is missing: apt-get install postgresql")
