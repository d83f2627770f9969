"""Update of a project from the template, in a checkout with tags."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.checkout import Checkout

IDENTITY = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
NO_CONFIGURATION = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
MADE = ("new-project", "sales", "--env", "local", "--owner", "sales-team@example.org")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *IDENTITY, *arguments]
    environment = {**os.environ, **NO_CONFIGURATION}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with one release."""
    checkout = Checkout.make(tmp_path_factory.mktemp("home") / "airflow-on-aws")
    git(checkout.path, "init", "--quiet", "--initial-branch=main")
    git(checkout.path, "add", "copier.yml", "templates", "environments", "README.md")
    git(checkout.path, "commit", "--quiet", "--message=1.0.0")
    git(checkout.path, "tag", "v1.0.0")
    return checkout


@pytest.fixture(scope="module")
def project(platform: Checkout) -> Path:
    platform.ops(*MADE, code=0, **NO_CONFIGURATION)
    return platform.path.parent / "sales-workflows"


def test_the_repository_has_one_commit_and_records_its_template(platform: Checkout, project: Path) -> None:
    assert git(project, "status", "--porcelain") == ""
    assert git(project, "log", "--format=%s by %an").strip() == "sales: from the template by sales-team@example.org"
    answers = (project / ".copier-answers.yml").read_text()
    assert "_commit: v1.0.0\n" in answers
    assert f"_src_path: {platform.path}\n" in answers


def test_an_update_merges_the_template_and_keeps_the_projects_changes(platform: Checkout, project: Path) -> None:
    change(project / "dags/elt.py", 'schedule="0 6 * * *"', 'schedule="30 7 * * *"')
    (project / "dags/own.py").write_text('"""Ours."""\n')
    (project / "scripts/notify_webhook.py").unlink()
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=ours")

    template = platform.path / "templates/project"
    change(template / "dags/elt.py.jinja", "timedelta(seconds=30)}", "timedelta(seconds=90)}")
    (template / "scripts/new.py").write_text('"""New in 1.1.0."""\n')
    git(platform.path, "add", "templates")
    git(platform.path, "commit", "--quiet", "--message=1.1.0")
    git(platform.path, "tag", "v1.1.0")
    # Uncommitted files belong to no version.
    (template / "scripts/half_done.py").write_text("\n")

    command = ["copier", "update", "--defaults", "--quiet"]
    environment = {**os.environ, **NO_CONFIGURATION}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    dag = (project / "dags/elt.py").read_text()
    assert "timedelta(seconds=90)}" in dag
    assert 'schedule="30 7 * * *"' in dag
    assert "<<<<<<<" not in dag
    assert (project / "scripts/new.py").exists()
    assert (project / "dags/own.py").exists()
    assert not (project / "scripts/notify_webhook.py").exists(), "what the project deleted stays so"
    assert not (project / "scripts/half_done.py").exists()
    assert "_commit: v1.1.0\n" in (project / ".copier-answers.yml").read_text()
