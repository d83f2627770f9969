"""Packages of the image, which are those in .venv-airflow."""

import importlib
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ROOT / "airflow" / "requirements.txt"
UV = ROOT / ".venv" / "bin" / "uv"


@pytest.mark.parametrize(
    "module",
    [
        "amazon.aws.executors.ecs.ecs_executor",
        "amazon.aws.hooks.s3",
        "amazon.aws.log.s3_task_handler",
        "amazon.aws.secrets.secrets_manager",
        "celery.executors.celery_executor",
        "fab.auth_manager.fab_auth_manager",
        "git.hooks.git",
        "http.hooks.http",
        "postgres.hooks.postgres",
        "slack.hooks.slack_webhook",
        "slack.notifications.slack",
        "standard.operators.bash",
    ],
)
def test_a_provider_can_be_imported(module: str) -> None:
    importlib.import_module(f"airflow.providers.{module}")


def test_installed_packages_match_the_lock_file() -> None:
    from packaging.requirements import Requirement

    lines = [line for line in LOCKED.read_text().splitlines() if re.match(r"[a-z]", line)]
    wanted = [one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate()]
    assert len(wanted) > 150
    assert [f"{one.name} {version(one.name)}" for one in wanted if version(one.name) not in one.specifier] == []


def test_installed_packages_are_compatible() -> None:
    run = subprocess.run([UV, "pip", "check", "--python", sys.executable], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_lock_file_is_complete_for_every_python_version(python: str, tmp_path: Path) -> None:
    """Resolve from wheels only, without installing: no package or version may be missing in the lock file."""
    install = [UV, "pip", "install", "--dry-run", "--python-version", python, "--only-binary", ":all:"]
    run = subprocess.run(
        [*install, "--target", tmp_path, "--requirement", LOCKED], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    locked = {line.split(" ")[0] for line in LOCKED.read_text().splitlines() if re.match(r"[a-z]", line)}
    installed = set(re.findall(r"^ \+ (\S+)", run.stderr, re.MULTILINE))
    assert len(installed) > 150
    assert installed - locked == set()
