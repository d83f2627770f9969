"""Programs of the machine that some tests run."""

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """Its path. Without it the test is skipped, and fails in CI, where nothing is to be left out."""
    if found := shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])):
        return found
    missing = f"{name} is missing: apt-get install {package}"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)
