"""`ops new-project` and `ops remove-project` without AWS; tests/first_project runs them with AWS."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from configuration.load import load
from tests.checkout import ROOT, Checkout

REPO, OWNER = ("--repo", "https://github.com/example/sales-workflows.git"), ("--owner", "sales-team@example.org")
DEV = ("--env", "dev")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.make(tmp_path_factory.mktemp("home") / "airflow-on-aws")


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not {".venv", ".cache", "__pycache__"} & set(path.parts)}


def refused(checkout: Checkout, *arguments: str) -> str:
    """Return the error of a refused command, after checking that it has written nothing."""
    home = checkout.path.parent
    before = files(home / "airflow-on-aws/environments") | set(home.iterdir())
    said = checkout.ops(*arguments, code=1).stderr
    assert files(home / "airflow-on-aws/environments") | set(home.iterdir()) == before
    assert said.count("\n") == 1
    return said


@pytest.fixture(scope="module")
def made(checkout: Checkout) -> str:
    return checkout.ops("new-project", "sales", *DEV, *REPO, *OWNER).stdout


def test_it_prints_what_it_has_created_and_the_next_commands(checkout: Checkout, made: str) -> None:
    folder = checkout.path.parent / "sales-workflows"
    assert made.splitlines() == [
        "created environments/dev/projects/sales.tfvars",
        f"created {folder}, a git repository",
        f"push it:        git -C {folder} push --set-upstream origin main",
        "ask an admin:   pipenv run ops bootstrap dev",
        "deploy it:      pipenv run cdktf deploy dev-sales-infrastructure dev-sales-workflows",
        "see a DAG run:  pipenv run ops run-project sales --env dev",
    ]


def test_a_new_project_belongs_to_the_environment(checkout: Checkout, made: str) -> None:
    project = load(checkout.path / "environments")["dev"].projects["sales"]
    assert (project.owner, project.repository.url) == (OWNER[1], REPO[1])
    assert project.protected
    assert {"dev-sales-infrastructure", "dev-sales-workflows"} <= set(checkout.cdktf("list").stdout.split())


def test_the_repository_has_the_url_as_its_remote(checkout: Checkout, made: str) -> None:
    folder = checkout.path.parent / "sales-workflows"
    remote = subprocess.run(["git", "-C", folder, "remote", "-v"], capture_output=True, text=True, check=True).stdout
    assert remote.startswith(f"origin\t{REPO[1]}")
    assert "* sales-team@example.org\n" in (folder / ".github/CODEOWNERS").read_text()


def test_the_same_project_in_another_environment_has_the_same_repository(checkout: Checkout, made: str) -> None:
    said = checkout.ops("new-project", "sales", "--env", "prod", *REPO, *OWNER).stdout
    assert f"{checkout.path.parent / 'sales-workflows'} already is its repository" in said
    assert (checkout.path / "environments/prod/projects/sales.tfvars").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["stock", *REPO, *OWNER], "--env is missing: "),
        (["stock", "--env", "dav", *REPO, *OWNER], "environment 'dav' does not exist: did you mean dev?"),
        (["stock", *DEV, *OWNER], "--repo is missing: "),
        (["stock", *DEV, *REPO], "--owner is missing: "),
        (["stock", *DEV, *REPO, "--owner", "somebody"], "--owner is 'somebody': "),
        (["stock", *DEV, "--repo", "github.com/x/y", *OWNER], "--repo is 'github.com/x/y': "),
        (["stock", *DEV, "--repo", "file:///x", *OWNER], "--repo is 'file:///x', which AWS cannot read: "),
        (
            ["stock", *DEV, "--repo", "https://me:pw@github.com/x/y", *OWNER],
            "environments/dev/projects/stock.tfvars:5: repository.url: looks like a secret",
        ),
        (["Stock_1", *DEV, *REPO, *OWNER], "'Stock_1' is not a valid name for a project: "),
        (["../../x", *DEV, *REPO, *OWNER], "'../../x' is not a valid name for a project: "),
        (["a/b", *DEV, *REPO, *OWNER], "'a/b' is not a valid name for a project: "),
        (["admin", *DEV, *REPO, *OWNER], "'admin' is reserved and cannot name a project; rename it"),
        (["s" * 33, *DEV, *REPO, *OWNER], f"environments/dev/projects/{'s' * 33}.tfvars: bucket "),
    ],
)
def test_invalid_arguments_are_errors_of_one_line_and_nothing_is_written(
    checkout: Checkout, arguments: list[str], said: str, made: str
) -> None:
    assert refused(checkout, "new-project", *arguments).startswith(f"error: {said}")


def test_a_name_with_the_stack_names_of_another_project_is_refused(checkout: Checkout, made: str) -> None:
    platform = (checkout.path / "environments/dev/platform.tfvars").read_text().replace("111111111111", "222222222222")
    other = checkout.path / "environments/dev-air"
    other.mkdir()
    (other / "platform.tfvars").write_text(platform)
    checkout.ops("new-project", "c", "--env", "dev-air", *REPO, *OWNER)
    try:
        said = checkout.ops("new-project", "air-c", *DEV, *REPO, *OWNER, code=1).stderr
    finally:
        shutil.rmtree(other)
    assert "stack dev-air-c-infrastructure is also a stack of dev / air-c; rename the project" in said
    assert not (checkout.path / "environments/dev/projects/air-c.tfvars").exists()


def test_on_a_terminal_missing_options_are_prompted_for(checkout: Checkout) -> None:
    ours, theirs = os.openpty()
    python = [str(checkout.path / ".venv/bin/python"), "-m", "fast_synth", "-m", "ops", "new-project", "asked"]
    with os.fdopen(ours, "wb", buffering=0) as terminal:
        process = subprocess.Popen(python, cwd=checkout.path, stdin=theirs, stdout=subprocess.PIPE, text=True)
        os.close(theirs)
        terminal.write(f"prod\n{REPO[1]}\n{OWNER[1]}\n".encode())
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    asked = "Environment (dev, local, prod): ", "URL of its repository", "Owner (an"
    assert all(one in said for one in asked)
    project = load(checkout.path / "environments")["prod"].projects["asked"]
    assert (project.owner, project.repository.url) == (OWNER[1], REPO[1])


def test_a_name_that_is_taken_is_refused(checkout: Checkout, made: str) -> None:
    file = checkout.path / "environments/dev/projects/sales.tfvars"
    assert refused(checkout, "new-project", "sales", *DEV, *REPO, *OWNER).startswith(f"error: {file} already exists: ")


def test_a_folder_that_is_no_repository_of_the_project_is_not_changed(checkout: Checkout) -> None:
    folder = checkout.path.parent / "stock-workflows"
    folder.mkdir()
    (folder / "own.txt").write_text("mine")
    said = refused(checkout, "new-project", "stock", *DEV, *REPO, *OWNER)
    assert said.startswith(f"error: {folder} exists, but is no repository of stock: ")
    assert [path.name for path in folder.iterdir()] == ["own.txt"]


def test_reserved_names_are_the_same_inside_airflow() -> None:
    registry = (ROOT / "airflow/lib/airflow_on_aws/delivery/registry.py").read_text()
    assert 'RESERVED = ("admin", "tutorial")' in registry


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sales", *DEV, "--delete-data", "stock"], "--delete-data is 'stock', but the project is 'sales': "),
        (["slaes", *DEV], "dev has no project 'slaes', only sales, weather: check NAME and --env"),
        (
            ["sales", *DEV, "--delete-data", "sales"],
            "environments/dev/projects/sales.tfvars: the project is protected: ",
        ),
    ],
)
def test_a_project_is_not_removed_by_mistake(checkout: Checkout, arguments: list[str], said: str, made: str) -> None:
    line = refused(checkout, "remove-project", *arguments).replace(f"{checkout.path}/", "")
    assert line.startswith(f"error: {said}")


def test_with_a_stopped_local_aws_only_the_file_is_deleted(checkout: Checkout) -> None:
    checkout.ops("new-project", "short", "--env", "local", *OWNER)
    said = checkout.ops("remove-project", "short", "--env", "local").stdout
    assert said == "deleted environments/local/projects/short.tfvars\n"
    assert (checkout.path.parent / "short-workflows").exists()
