"""Measure the time from a push to Airflow's pages, and the import of a registry of 1,000 projects: `make bench`.

Airflow is started as by `make airflow`, with an empty AIRFLOW_HOME in a temporary folder; repositories are local folders.
It runs with Airflow's packages: `.venv-airflow/bin/python -m benchmarks.delivery`.
"""

import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from airflow_on_aws.delivery import project_delivery, registry
from instance import Instance, stop
from repository import DAG, Repository
from runs import eventually, known, run_dag, start_dag

PUSHES, PROJECTS = 5, 1000
HEADER = "project,repository,branch\n"


def main() -> None:
    """Run both measurements and print a table."""
    folder = Path(tempfile.mkdtemp(prefix="airflow-bench-"))
    folder.chmod(0o755)  # the postgres user needs access
    try:
        print("From a push to Airflow's pages (the webhook's run of ImportDAGs included)")
        seconds = pushes(folder)
        print(f"  {PUSHES} pushes: median {statistics.median(seconds):.1f} s, longest {max(seconds):.1f} s")
        print(f"{PROJECTS} projects in projects.csv, each with a local repository, without the check of their DAGs")
        for what, took in thousand(folder).items():
            print(f"  {what}: {took:.1f} s")
        print(f"  memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    finally:
        shutil.rmtree(folder)


def pushes(folder: Path) -> list[float]:
    """Return the seconds from a commit to the changed task in the API, for each push."""
    home, repository = folder / "home", Repository(folder / "sales")
    try:
        airflow = Instance.start(home)
        (home / "projects").mkdir(exist_ok=True)
        (home / "projects" / "projects.csv").write_text(f"{HEADER}sales,{repository.url},main\n")
        repository.dag("sales__one")
        assert run_dag(airflow, "admin__import_dags").state == "success"  # noqa: S101
        eventually(lambda: known(airflow, "sales__one"), "the first release's DAG")
        return [_push(airflow, repository, f"step_{number}") for number in range(PUSHES)]
    finally:
        stop(home)


def _push(airflow: Instance, repository: Repository, task: str) -> float:
    repository.change({"dags/one.py": DAG.format(id="sales__one").replace("nothing", task)})
    start = time.perf_counter()
    start_dag(airflow, "admin__import_dags", {"repository": repository.url})

    def there() -> bool | None:
        tasks = airflow.api("GET", "/api/v2/dags/sales__one/tasks")["tasks"]
        return [one["task_id"] for one in tasks] == [task] or None

    eventually(there, f"the task {task}")
    return time.perf_counter() - start


def thousand(folder: Path) -> dict[str, float]:
    """Return the seconds of each step of an import."""
    projects, first = folder / "projects", Repository(folder / "repositories" / "p0")
    projects.mkdir()
    names = [f"p{number}" for number in range(PROJECTS)]
    first.dag("p0__one")
    for name in names[1:]:
        first.folder.with_name(name).symlink_to(first.folder)  # a thousand addresses
    urls = {name: first.folder.with_name(name).as_uri() for name in names}
    table = projects / "projects.csv"
    table.write_text(HEADER + "".join(f"{name},{url},main\n" for name, url in urls.items()))
    # Excluded: the checks take seconds for each project, and run in a separate task for each.
    project_delivery.check_dags = lambda *arguments, **keywords: []
    took: dict[str, float] = {}

    def measured(what: str, start: float) -> float:
        took[what] = time.perf_counter() - start
        return time.perf_counter()

    now = time.perf_counter()
    found, _ = registry.read_projects({"AIRFLOW_ON_AWS_PROJECTS_CSV": str(table)})
    now = measured("read the registry", now)
    assert len(project_delivery.outdated_projects(found, projects)) == PROJECTS  # noqa: S101
    now = measured("find what is new: all of it", now)
    for project in found:
        project_delivery.deliver(project, projects)
    now = measured("deliver all of it, one after the other", now)
    assert project_delivery.outdated_projects(found, projects) == []  # noqa: S101
    measured("find what is new: nothing", now)
    return took


if __name__ == "__main__":
    main()
