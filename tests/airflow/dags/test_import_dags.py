import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from instance import Instance
from registered import Registry
from repository import DAG, Repository
from runs import Run, eventually, known, quiet_time, run_dag, start_dag

IMPORT, DELIVER = "admin__import_dags", "deliver"
SLOW_SECONDS = 8  # to import one DAG file; it may take 30


@pytest.fixture
def repositories(airflow: Instance) -> Iterator[dict[str, Repository]]:
    """A projects.csv with one valid project and several invalid lines."""
    folder, projects = Path(tempfile.mkdtemp(prefix="repositories-")), airflow.home / "projects"
    made = {name: Repository(folder / name) for name in ("sales", "stock")}
    projects.mkdir(exist_ok=True)
    quiet_time(airflow, IMPORT)
    table = projects / "projects.csv"
    table.write_text(
        "project,repository,branch\n"
        f"sales,{made['sales'].url},main\n"
        f"stock,{made['stock'].url},main\n"
        "nowhere,https://127.0.0.1:1/nowhere.git,main\n"
        "no comma in this line\n"
    )
    yield made
    table.unlink()
    quiet_time(airflow, IMPORT)
    for name in made:
        shutil.rmtree(projects / name, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def registry(airflow: Instance) -> Iterator[Registry]:
    it = Registry(airflow)
    yield it
    for name in list(it.names):
        it.remove(name)


@pytest.fixture
def pair(airflow: Instance, registry: Registry) -> Iterator[dict[str, Repository]]:
    """Two projects in the registry."""
    folder, projects = Path(tempfile.mkdtemp(prefix="repositories-")), airflow.home / "projects"
    made = {name: Repository(folder / name) for name in ("north", "south")}
    quiet_time(airflow, IMPORT)
    for name, repository in made.items():
        repository.dag(f"{name}__one")
        registry.put(name, repository.url)
    yield made
    quiet_time(airflow, IMPORT)
    for name in made:
        shutil.rmtree(projects / name, ignore_errors=True)
    shutil.rmtree(folder)


def test_a_push_becomes_visible_and_an_invalid_project_does_not_affect_others(
    airflow: Instance, repositories: dict[str, Repository]
) -> None:
    sales = repositories["sales"]
    sales.dag("sales__one")
    repositories["stock"].change({"dags/broken.py": "import no_such_package\nfrom airflow.sdk import DAG\n"})

    everything = run_dag(airflow, IMPORT)
    assert everything.state == "failed"
    assert everything.tasks() == {
        "projects": "success",
        "sales": "success",
        "stock": "failed",
        "nowhere": "failed",
        "unreadable": "failed",
    }
    (line,) = everything.errors("projects")
    assert line.startswith("projects.csv, line 5: has 1 columns: write project,repository,branch,path")
    assert everything.errors(DELIVER, "unreadable") == [line]
    assert everything.errors(DELIVER, "stock")[-1].endswith(
        "is refused: dags/broken.py: does not import: "
        "ModuleNotFoundError: No module named 'no_such_package' (line 1); fix it"
    )
    (line,) = everything.errors(DELIVER, "nowhere")
    assert line.startswith("nowhere: https://127.0.0.1:1/nowhere.git: fatal: unable to access")
    eventually(lambda: known(airflow, "sales__one"), "the first project's DAG")

    # As a webhook triggers it. By itself Airflow would not parse the files again within the next minutes.
    quiet_time(airflow, IMPORT)
    sales.change(
        {
            "dags/one.py": DAG.format(id="sales__one").replace("nothing", "something"),
            "dags/two.py": DAG.format(id="sales__two"),
        }
    )
    ones = start_dag(airflow, IMPORT, {"repository": sales.url, "commit": "0" * 40})
    nones = start_dag(airflow, IMPORT, {"repository": "example/unknown"})
    one, none = ones(), nones()
    # A single project gets no separate task, which on ECS would be a second container, a minute later.
    assert (one.state, one.tasks()) == ("success", {"projects": "success", "deliver": "skipped"})
    assert "sales: requested that Airflow parses it now" in [line["event"] for line in one.log("projects")]
    eventually(lambda: known(airflow, "sales__two"), "the DAG in the new file")
    tasks = lambda: [task["task_id"] for task in airflow.api("GET", "/api/v2/dags/sales__one/tasks")["tasks"]]  # noqa: E731
    eventually(lambda: tasks() == ["something"] or None, "the changed DAG")

    assert none.errors("projects")[-1].startswith("no project matches example/unknown; check the registry")


def test_projects_are_delivered_in_parallel(airflow: Instance, pair: dict[str, Repository]) -> None:
    for name, repository in pair.items():
        repository.change({"dags/one.py": f"import time\ntime.sleep({SLOW_SECONDS})\n{DAG.format(id=f'{name}__one')}"})
    both = run_dag(airflow, IMPORT)
    assert both.tasks() == {"projects": "success", "north": "success", "south": "success"}
    delivered = [
        one for one in airflow.api("GET", f"{both.path}/taskInstances")["task_instances"] if one["rendered_map_index"]
    ]
    starts, ends = ([datetime.fromisoformat(one[key]) for one in delivered] for key in ("start_date", "end_date"))
    assert all((end - start).total_seconds() > SLOW_SECONDS for start, end in zip(starts, ends, strict=True))
    assert max(starts) < min(ends)


def test_the_dags_of_a_project_that_left_the_registry_are_removed(
    airflow: Instance, registry: Registry, pair: dict[str, Repository]
) -> None:
    assert run_dag(airflow, IMPORT).state == "success"
    for name in pair:
        eventually(lambda name=name: known(airflow, f"{name}__one"), f"the DAG of {name}")
    links = {name: airflow.home / "projects" / name / "current" for name in (*pair, "weather")}

    def there() -> list[str]:
        return [name for name, link in links.items() if link.is_symlink()]

    # An unreadable entry may be any project's.
    quiet_time(airflow, IMPORT)
    registry.remove("north")
    registry.put("broken", "no repository")
    assert run_dag(airflow, IMPORT).state == "failed"
    assert there() == ["north", "south", "weather"]

    quiet_time(airflow, IMPORT)
    registry.remove("broken")
    gone = run_dag(airflow, IMPORT)
    assert (gone.state, gone.tasks()) == ("success", {"projects": "success", "deliver": "skipped"})
    assert has_line(gone, "north: left the registry; its DAGs are removed")
    assert there() == ["south", "weather"]  # weather comes from `make airflow` and was never registered
    eventually(lambda: stale(airflow, "north__one") or None, "north's DAG to go")
    assert not stale(airflow, "south__one")
    assert (airflow.home / "projects/north/releases").is_dir()

    # An empty registry may be a configuration error.
    quiet_time(airflow, IMPORT)
    registry.remove("south")
    empty = run_dag(airflow, IMPORT)
    assert empty.state == "success"
    assert has_line(
        empty,
        "the registry is empty, so the DAGs of south stay; to remove them, start ImportDAGs with each as `project`",
    )
    assert there() == ["south", "weather"]
    assert run_dag(airflow, IMPORT, {"project": "south"}).state == "success"
    assert there() == ["weather"]

    # A project that returns to the registry.
    quiet_time(airflow, IMPORT)
    registry.put("north", pair["north"].url)
    assert run_dag(airflow, IMPORT).state == "success"
    assert there() == ["north", "weather"]


def has_line(ended: Run, line: str) -> bool:
    return line in [one["event"] for one in ended.log("projects")]


def stale(airflow: Instance, dag_id: str) -> bool:
    """Return True if the DAG is in no file any more, so that it does not run."""
    found = known(airflow, dag_id)
    return found is None or bool(found["is_stale"])
