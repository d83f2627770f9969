"""The computed number of workers; tests/airflow/test_celery.py runs the program."""

import subprocess
import sys
from pathlib import Path

import pytest
from airflow_on_aws.celery.worker_scaling import Scaling, SettingError, celery_names, libpq_url

CELERY = "airflow.providers.celery.executors.celery_executor.CeleryExecutor"
ECS = "airflow.providers.amazon.aws.executors.ecs.ecs_executor.AwsEcsExecutor"
LIB = Path(__file__).parents[4] / "airflow" / "lib"


def targets(*needed: int, desired: int, idle_seconds: float = 30) -> list[int]:
    """Return the desired counts at intervals of 10 s, for a minimum of 1 and a maximum of 10 workers."""
    scaling, found = Scaling(1, 10, idle_seconds), []
    for number, one in enumerate(needed):
        desired = scaling.target(one, desired, 10.0 * number)
        found.append(desired)
    return found


def test_scale_out_is_immediate_and_limited() -> None:
    assert targets(0, 4, 99, desired=1) == [1, 4, 10]


def test_scale_in_follows_an_uninterrupted_idle_time() -> None:
    assert targets(5, 2, 2, 2, desired=5) == [5, 5, 5, 5]
    assert targets(5, 2, 2, 2, 2, desired=5) == [5, 5, 5, 5, 2]
    assert targets(5, 2, 2, 5, 2, 2, 2, 2, desired=5) == [5, 5, 5, 5, 5, 5, 5, 2]


def test_scale_in_keeps_the_maximum_of_the_idle_time() -> None:
    assert targets(8, 2, 4, 2, 2, 2, 2, desired=8) == [8, 8, 8, 8, 4, 4, 2]


def test_the_minimum_stays() -> None:
    assert targets(0, 0, 0, 0, desired=3) == [3, 3, 3, 1]


def test_a_new_process_does_not_scale_in() -> None:
    assert targets(0, desired=7) == [7]


def test_two_processes_do_not_undo_each_others_changes() -> None:
    """Two schedulers each run a process, whose idle times end some seconds apart."""
    early, late, desired = Scaling(1, 10, 30), Scaling(1, 10, 30), 5
    for second in range(0, 60, 10):
        needed = 5 if second == 0 else 2
        changes = [early.target(needed, desired, second)]
        changes.append(late.target(needed, changes[-1], second + 9))
        desired = changes[-1]
        assert changes[0] == changes[1]
    assert desired == 2


@pytest.mark.parametrize(
    ("executors", "names", "default"),
    [
        ("CeleryExecutor", ["CeleryExecutor"], True),
        (f"{ECS},CeleryExecutor", ["CeleryExecutor"], False),
        (CELERY, ["CeleryExecutor", CELERY], True),
        (f"LocalExecutor, many:{CELERY}", ["CeleryExecutor", CELERY, "many"], False),
        (ECS, [], False),
    ],
)
def test_celery_can_be_selected_by_each_of_its_names(executors: str, names: list[str], default: bool) -> None:
    assert celery_names(executors) == (names, default)


def test_the_database_url_is_airflows() -> None:
    url = "postgresql+psycopg2://airflow:p%40ss@host:5432/airflow?sslmode=require"
    variable = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    assert libpq_url({variable: url}) == "postgresql://airflow:p%40ss@host:5432/airflow?sslmode=require"
    with pytest.raises(SettingError, match=r"names mysql: worker scaling needs PostgreSQL"):
        libpq_url({variable: "mysql+mysqldb://airflow:secret@host/airflow"})


def test_it_runs_without_airflow() -> None:
    code = (
        "import sys, airflow_on_aws.celery.worker_scaling; print([name for name in sys.modules if name == 'airflow'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(LIB)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
