"""Programs of the machine that some tests need."""

import os
import shutil
from typing import NoReturn

import pytest


def missing(told: str) -> NoReturn:
    """Skip a test because something that it needs is missing; in CI, fail it."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(told)


def program(name: str, package: str) -> str:
    """Return the path of a program; see missing() for a machine without it."""
    if found := shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])):
        return found
    missing(f"{name} is missing: apt-get install {package}")
