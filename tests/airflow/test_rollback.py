"""An operator lists a project's releases and rolls back with `ops`."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from instance import PYTHON, ROOT, Instance, ops
from repository import DAG, Repository
from runs import eventually, known, run_dag

pytestmark = pytest.mark.slow


@pytest.fixture
def quarry(airflow: Instance) -> Iterator[Repository]:
    """The project `quarry` in a projects.csv; its folder is deleted at the end."""
    folder, projects = Path(tempfile.mkdtemp(prefix="repositories-")), airflow.home / "projects"
    projects.mkdir(exist_ok=True)
    made = Repository(folder / "quarry")
    table = projects / "projects.csv"
    table.write_text(f"project,repository,branch\nquarry,{made.url},main\n")
    yield made
    table.unlink()
    shutil.rmtree(projects / "quarry", ignore_errors=True)
    shutil.rmtree(folder)


def tasks(airflow: Instance) -> list[str]:
    return [one["task_id"] for one in airflow.api("GET", "/api/v2/dags/quarry__one/tasks")["tasks"]]


def test_airflow_sees_a_rollback_and_the_next_import_keeps_it(airflow: Instance, quarry: Repository) -> None:
    home = ["--home", str(airflow.home)]
    good = quarry.dag("quarry__one")
    first = run_dag(airflow, "admin__import_dags", {"project": "quarry"})
    assert first.state == "success", first.errors("projects")
    eventually(lambda: known(airflow, "quarry__one"), "the first release's DAG")
    bad = quarry.change({"dags/one.py": DAG.format(id="quarry__one").replace("nothing", "wrong")})
    second = run_dag(airflow, "admin__import_dags", {"project": "quarry"})
    assert second.state == "success", second.errors("projects")
    eventually(lambda: tasks(airflow) == ["wrong"] or None, "the second release's task")

    assert ops("rollback", "quarry", *home) == f"quarry: {good} is current\n"
    eventually(lambda: tasks(airflow) == ["nothing"] or None, "the first release's task")

    again = run_dag(airflow, "admin__import_dags", {"project": "quarry"})
    assert again.state == "success"
    lines = [line["event"] for line in again.log("projects")]
    assert (
        f"quarry: commit {bad} was rolled back and is skipped; push another commit, or roll back to this one" in lines
    )
    listed = json.loads(ops("releases", "quarry", "--json", *home))
    assert [(one["commit"], one["current"], one["skipped"]) for one in listed] == [
        (good, True, False),
        (bad, False, True),
    ]

    refused = [
        subprocess.run(
            [PYTHON, "-m", "fast_synth", "-m", "ops", *what, *home],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for what in (["rollback", "quarry", "0000000"], ["releases", "unknown"])
    ]
    assert [one.returncode for one in refused] == [1, 1]
    names = f"{good[:10]}, {bad[:10]}", f"{bad[:10]}, {good[:10]}"
    assert refused[0].stderr in {
        f"error: quarry: no release begins with '0000000'; name one of {both}\n" for both in names
    }
    assert refused[1].stderr.startswith("error: project 'unknown' has no release in http://127.0.0.1:")
