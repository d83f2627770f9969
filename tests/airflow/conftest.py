import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from instance import Instance, stop

from tests.programs import missing

# What tests import of Airflow in their own process writes a configuration file there.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-home-")

pytest_plugins = ["tests.chromium", "emulator", "company", "celery_instance"]


@pytest.fixture(scope="session")
def airflow() -> Iterator[Instance]:
    """One Airflow for all tests; what a test leaves in it has a name of its own."""
    needs_postgresql()
    # Not one of pytest's folders: PostgreSQL's user may not enter those.
    home = Path(tempfile.mkdtemp(prefix="airflow-test-"))
    home.chmod(0o755)
    try:
        yield Instance.start(home / "home")
    finally:
        stop(home / "home")
        shutil.rmtree(home)


def needs_postgresql() -> None:
    """Skips what needs it where it is missing; CI has it."""
    if shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return
    missing("PostgreSQL's server is missing: apt-get install postgresql")
