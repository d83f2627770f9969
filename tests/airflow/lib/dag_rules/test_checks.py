import subprocess
import sys
from pathlib import Path

import pytest
from airflow_on_aws.dag_rules import checks
from airflow_on_aws.dag_rules.checks import Problem, check_dags

GOOD = """
from airflow.sdk import dag, task

@dag(dag_id="weather__good", tags=["weather"], default_args={"owner": "weather-team", "retries": 1})
def good():
    @task
    def double(number):
        return 2 * number
    double.expand(number=[1, 2])

good()
"""
HEAD = "from airflow.sdk import DAG\nfrom airflow.providers.standard.operators.empty import EmptyOperator\n"
BAD = {
    "cycle": HEAD
    + """
with DAG("weather__cycle"):
    a, b = EmptyOperator(task_id="a"), EmptyOperator(task_id="b")
    a >> b >> a
""",
    "exits": "import os\nfrom airflow.sdk import DAG\nos._exit(0)\n",
    "hangs": "from airflow.sdk import DAG\nwhile True: pass\n",
    "missing": "from airflow.sdk import DAG\nimport no_such_package\n",
    "loose": HEAD + 'with DAG("loose"):\n    EmptyOperator(task_id="a")\n',
    "again": HEAD + 'with DAG("weather__good", tags=["x"], default_args={"owner": "me", "retries": 0}): pass\n',
    "network": "from airflow.sdk import DAG\nimport socket\nsocket.create_connection(('127.0.0.1', 1))\n",
    "swallows": "from airflow.sdk import DAG\ntry: open('x', 'w')\nexcept Exception: pass\n",
    "database": "from airflow.sdk import DAG\nimport psycopg2\npsycopg2.connect('host=127.0.0.1')\n",
    "variable": "from airflow.sdk import DAG, Variable\nVariable.get('weather_station', 'KSTL')\n",
    "program": "from airflow.sdk import DAG\nimport subprocess\nsubprocess.run(['true'])\n",
}


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> list[Problem]:
    folder = tmp_path_factory.mktemp("project") / "dags"
    folder.mkdir()
    for name, text in {"good": GOOD, **BAD}.items():
        (folder / f"{name}.py").write_text(text)
    return check_dags(folder, prefix="weather__", used_ids={"weather__good": "platform:other.py"}, seconds=5)


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("cycle", "does not import: AirflowDagCycleException"),
        ("exits", "ends the process that imports it"),
        ("hangs", "does not import within 5 s"),
        ("missing", "does not import: ModuleNotFoundError: No module named 'no_such_package' (line 2)"),
        ("loose", "the DAG id does not begin with 'weather__'"),
        ("loose", "has no tags"),
        ("loose", "no owner for task a"),
        ("loose", "no number of retries for task a"),
        ("good", "the DAG id is already used in platform:other.py, dags/again.py"),
        ("network", "line 3 uses the network at import"),
        ("swallows", "line 2 writes x at import"),
        ("database", "line 3 connects to a database at import"),
        ("variable", "line 2 reads an Airflow variable at import"),
        ("program", "line 3 starts a program at import"),
    ],
)
def test_a_problem_is_one_line_that_names_the_file(problems: list[Problem], file: str, what: str) -> None:
    assert len([one for one in problems if one.file == f"dags/{file}.py" and what in one.what]) == 1


def test_no_other_problem_is_found(problems: list[Problem]) -> None:
    assert len(problems) == 14, "\n".join(map(str, problems))


def test_the_command_prints_a_line_for_each_problem_and_exits_with_1() -> None:
    command = [sys.executable, "-m", "airflow_on_aws.dag_rules.checks", "no-such-folder"]
    environment = {"PYTHONPATH": str(Path(checks.__file__).parents[2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "no-such-folder: is not a folder; pass the folder of the DAG files\n"
