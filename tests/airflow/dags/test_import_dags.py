import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from instance import Instance
from repository import DAG, Repository
from runs import begin, eventually, known, run

DELIVER = "deliver"


@pytest.fixture
def repositories(airflow: Instance) -> Iterator[dict[str, Repository]]:
    """One project that is well, and some that are not, in a projects.csv."""
    folder, projects = Path(tempfile.mkdtemp(prefix="repositories-")), airflow.home / "projects"
    made = {name: Repository(folder / name) for name in ("sales", "stock")}
    projects.mkdir(exist_ok=True)
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
    for name in made:
        shutil.rmtree(projects / name, ignore_errors=True)
    shutil.rmtree(folder)


def test_a_push_is_visible_and_what_is_wrong_stops_nothing_else(
    airflow: Instance, repositories: dict[str, Repository]
) -> None:
    sales = repositories["sales"]
    sales.dag("sales__one")
    repositories["stock"].change({"dags/broken.py": "import no_such_package\nfrom airflow.sdk import DAG\n"})

    everything = run(airflow, "admin__import_dags")
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
        "ModuleNotFoundError: No module named 'no_such_package' (line 1); correct it"
    )
    (line,) = everything.errors(DELIVER, "nowhere")
    assert line.startswith("nowhere: https://127.0.0.1:1/nowhere.git: fatal: unable to access")
    eventually(lambda: known(airflow, "sales__one"), "the first project's DAG")

    # What a webhook asks for. Airflow has no reason to look at the files again by itself within the next minutes.
    sales.change(
        {
            "dags/one.py": DAG.format(id="sales__one").replace("nothing", "something"),
            "dags/two.py": DAG.format(id="sales__two"),
        }
    )
    ones = begin(airflow, "admin__import_dags", {"repository": sales.url, "commit": "0" * 40})
    nones = begin(airflow, "admin__import_dags", {"repository": "example/unknown"})
    one, none = ones(), nones()
    assert (one.state, one.tasks()) == ("success", {"projects": "success", "sales": "success"})
    assert "sales: Airflow has been asked to read it now" in [line["event"] for line in one.log(DELIVER, "sales")]
    eventually(lambda: known(airflow, "sales__two"), "the DAG in the new file")
    tasks = lambda: [task["task_id"] for task in airflow.api("GET", "/api/v2/dags/sales__one/tasks")["tasks"]]  # noqa: E731
    eventually(lambda: tasks() == ["something"] or None, "the changed DAG")

    assert none.errors("projects")[-1].startswith("no project has example/unknown; see to the registry")
