"""Virtual environments with a project's own packages, for `@task.external_python`: one per content of requirements.txt.

They never change the environment that Airflow itself runs in.
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
TIMEOUT_SECONDS = 1800.0
PASSED_VARIABLES = (
    "PATH", "LANG", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
)  # fmt: skip
PASSED_PREFIXES = ("UV_", "PIP_")


class DependencyError(Exception):
    """Packages that cannot be installed, and the reason, on one line."""


def environment_path(folder: ProjectFolder, release: Path) -> Path | None:
    """Return the path of the environment for a release, or None if the release requires no packages."""
    requirements = release / REQUIREMENTS
    if not requirements.is_file() or not _requires_packages(requirements):
        return None
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix}".encode())  # an environment works with one interpreter
    for file in sorted({requirements, *release.glob("requirements*.txt"), *release.glob("constraints*.txt")}):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return folder.environments / digest.hexdigest()[:16]


def _requires_packages(requirements: Path) -> bool:
    """Return False if the file contains only comments."""
    lines = requirements.read_text(errors="replace").splitlines()
    return any(line.split("#", 1)[0].strip() for line in lines)


def install(folder: ProjectFolder, release: Path, *, rebuild: bool = False) -> Path | None:
    """Create the environment of a release if it is missing, or if `rebuild` is set; raises DependencyError.

    It is built under its final name, because environments cannot be moved; a marker file shows that it is complete.
    """
    environment = environment_path(folder, release)
    if environment is None or (not rebuild and (environment / COMPLETE).exists()):
        return environment
    shutil.rmtree(environment, ignore_errors=True)
    environment.parent.mkdir(exist_ok=True)
    python = str(environment / "bin" / "python")
    # Wheels only: to build a package from source would run its author's code, here with the platform's permissions.
    if uv := shutil.which("uv"):
        create = [uv, "venv", "--no-config", "--no-python-downloads", "--python", sys.executable, str(environment)]
        fill = [uv, "pip", "install", "--no-config", "--no-cache", "--no-build", "--link-mode=copy", "--python", python]
    else:
        create = [sys.executable, "-m", "venv", str(environment)]
        fill = [python, "-m", "pip", "install", "--no-cache-dir", "--no-input", "--only-binary=:all:"]
    for command in (create, [*fill, "--quiet", "--requirement", REQUIREMENTS]):
        _run_installer(command, release)
    (environment / COMPLETE).touch()
    return environment


def _run_installer(command: Sequence[str], release: Path) -> None:
    passed = {
        name: text for name, text in os.environ.items() if name in PASSED_VARIABLES or name.startswith(PASSED_PREFIXES)
    }
    try:
        done = subprocess.run(
            command,
            env=passed,
            cwd=release,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise DependencyError(
            f"{REQUIREMENTS} did not install within {TIMEOUT_SECONDS:g} s; require fewer packages"
        ) from None
    if done.returncode:
        words = " ".join(done.stderr.split()[:80])
        raise DependencyError(
            f"{REQUIREMENTS} does not install: {words}; fix it, and require only packages with wheels"
        )
