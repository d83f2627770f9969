"""A project's own packages: one environment for each content of its requirements.txt, for `@task.external_python`.

The shared environment, which Airflow itself runs in, is never touched.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from airflow_on_aws.delivery.releases import ProjectFolder

REQUIREMENTS = "requirements.txt"
COMPLETE = ".complete"
SECONDS = 1800.0
PASSED = ("PATH", "LANG", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
PASSED_PREFIXES = ("UV_", "PIP_")


class DependencyError(Exception):
    """One line: what could not be installed, and why."""


def environment_of(folder: ProjectFolder, release: Path) -> Path | None:
    """Where the packages of a release belong; None if it asks for none."""
    requirements = release / REQUIREMENTS
    if not requirements.is_file() or not _asks(requirements):
        return None
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix}".encode())  # an environment serves one interpreter
    for file in sorted({requirements, *release.glob("requirements*.txt"), *release.glob("constraints*.txt")}):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return folder.environments / digest.hexdigest()[:16]


def _asks(requirements: Path) -> bool:
    """Whether it has more than comments."""
    lines = requirements.read_text(errors="replace").splitlines()
    return any(line.split("#", 1)[0].strip() for line in lines)


def install(folder: ProjectFolder, release: Path, *, anew: bool = False) -> Path | None:
    """Makes the environment of a release unless it is there, or in any case; raises DependencyError.

    It is built under its final name, as environments cannot be moved; a mark says that it is complete.
    """
    environment = environment_of(folder, release)
    if environment is None or (not anew and (environment / COMPLETE).exists()):
        return environment
    shutil.rmtree(environment, ignore_errors=True)
    environment.parent.mkdir(exist_ok=True)
    python = str(environment / "bin" / "python")
    # Wheels only: a package that has to be built first runs its author's code, here with the platform's rights.
    if uv := shutil.which("uv"):
        make = [uv, "venv", "--no-config", "--no-python-downloads", "--python", sys.executable, str(environment)]
        fill = [uv, "pip", "install", "--no-config", "--no-cache", "--no-build", "--link-mode=copy", "--python", python]
    else:
        make = [sys.executable, "-m", "venv", str(environment)]
        fill = [python, "-m", "pip", "install", "--no-cache-dir", "--no-input", "--only-binary=:all:"]
    for command in (make, [*fill, "--quiet", "--requirement", REQUIREMENTS]):
        _run(command, release)
    (environment / COMPLETE).touch()
    return environment


def _run(command: Sequence[str], release: Path) -> None:
    passed = {name: text for name, text in os.environ.items() if name in PASSED or name.startswith(PASSED_PREFIXES)}
    try:
        done = subprocess.run(
            command,
            env=passed,
            cwd=release,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise DependencyError(f"{REQUIREMENTS} did not install within {SECONDS:g} s; ask for less") from None
    if done.returncode:
        words = " ".join(done.stderr.split()[:80])
        raise DependencyError(f"{REQUIREMENTS} does not install: {words}; correct it, only wheels are taken")
