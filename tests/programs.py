"""Programs of the machine that some tests run."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(told: str) -> NoReturn:
    """Skips a test that needs what is not there; in CI, where nothing is to be left out, fails it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)


def program(name: str, package: str) -> str:
    """Its path; see missing()."""
    if found := shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])):
        return found
    missing(f"{name} is missing: apt-get install {package}")
