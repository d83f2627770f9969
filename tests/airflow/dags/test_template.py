"""Runs the tests of a repository that `ops new-project` creates: alone, and with a running Airflow."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from instance import PYTHON, ROOT, Instance


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The repository of the project `weather`, which `make airflow` always has."""
    folder = tmp_path / "weather-workflows"
    code = "import sys; from pathlib import Path; from ops.projects.repository import Answers, render_working_tree;"
    code += "render_working_tree(Path(sys.argv[1]), Answers('weather', 'weather-team@example.org', '3.3.2'))"
    subprocess.run([PYTHON, "-c", code, folder], cwd=ROOT, check=True)
    return folder


def pytest_output(folder: Path, **environment: str) -> str:
    """Run pytest in the folder and return its output."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**given, "AIRFLOW_HOME": str(folder.parent / "home"), "NO_PROXY": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_its_dags_pass_the_platforms_own_checks(made: Path) -> None:
    assert "7 passed, 1 skipped" in pytest_output(made, PYTHONPATH=str(ROOT / "airflow/lib"))


def test_without_the_platforms_code_the_other_rules_are_tested(made: Path) -> None:
    assert "6 passed, 2 skipped" in pytest_output(made)


def test_its_tests_fail_for_dags_that_the_platform_would_refuse(made: Path) -> None:
    dag = made / "dags/elt.py"
    text = dag.read_text()
    for old, new in (
        ("tags=[PROJECT],", ""),
        ("{PROJECT}__elt", "elt"),
        ('"retries": 2, ', ""),
        ('"owner": "weather-team@example.org", ', ""),
        ("\nelt()", "\n__import__('socket').getaddrinfo('localhost', 80)\nelt()"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    dag.write_text(text)
    (made / "dags/again.py").write_text(text)
    with pytest.raises(AssertionError) as error:
        pytest_output(made)
    found = re.findall(r"FAILED tests/test_dags.py::(\w+)", str(error.value))
    assert found == [
        "test_every_file_imports_and_every_dag_id_is_unique",
        "test_no_file_uses_the_network_at_import",
        "test_every_id_begins_with_the_projects_name",
        "test_every_dag_has_tags",
        "test_every_task_has_an_owner",
        "test_every_task_sets_retries",
    ]
    assert "AirflowDagDuplicatedIdException" in str(error.value)


def test_its_dag_runs_on_a_local_airflow(made: Path, airflow: Instance) -> None:
    assert "7 passed, 1 skipped" in pytest_output(made, AIRFLOW_URL=airflow.url, AIRFLOW_PASSWORD=airflow.password)
