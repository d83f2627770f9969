"""A platform with 1,030 projects, each with its own repository."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow_on_aws.delivery.registry import read_projects
from airflow_on_aws.delivery.releases import ProjectFolder
from instance import Instance
from registered import Registry
from repository import DAG, Repository
from runs import Run, eventually, run_dag

pytestmark = pytest.mark.slow

IMPORT = "admin__import_dags"
# More than Airflow's default maximum of mapped tasks (1,024).
PROJECTS = 1030
TASKS = 16
CHANGED = ("p7", "p42", "p49")
SECONDS = 1200.0  # an idle machine needs far less
ROLE = {"executor_config": {"taskDefinition": "another"}}


@dataclass
class Platform:
    """Projects that are imported and unchanged."""

    airflow: Instance
    registry: Registry
    repositories: dict[str, Repository]

    def register(self, **more: object) -> None:
        """Write every project's entry, as its workflows do."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: self.registry.put(one[0], one[1].url, **more), self.repositories.items()))


@pytest.fixture(scope="module")
def platform(airflow: Instance) -> Iterator[Platform]:
    folder, projects = Path(tempfile.mkdtemp(prefix="repositories-")), airflow.home / "projects"
    first = Repository(folder / "p0")
    commit = first.commit({"dags/none_yet.txt": ""})
    names = [f"p{number}" for number in range(PROJECTS)]
    for name in names:
        if name != "p0":
            shutil.copytree(first.folder, folder / name)
        there = ProjectFolder(projects, name)  # as after an import, which would take seconds each
        shutil.copytree(first.folder, there.releases / commit, ignore=shutil.ignore_patterns(".git"))
        there.read_from("dags")
        there.switch("current", there.releases / commit)
    it = Platform(airflow, Registry(airflow), {name: Repository(folder / name) for name in names})
    it.register()
    yield it
    for name in names:
        it.registry.remove(name)
        shutil.rmtree(projects / name, ignore_errors=True)
    shutil.rmtree(folder)


def test_the_registry_is_read_to_its_last_entry(platform: Platform) -> None:
    named = {"AIRFLOW_ON_AWS_REGISTRY": platform.airflow.environment["AIRFLOW_ON_AWS_REGISTRY"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_CONFIG_FILE", platform.airflow.environment["AWS_CONFIG_FILE"])
        patch.setattr("boto3.DEFAULT_SESSION", None)  # set by another test
        found, lines = read_projects(
            named | {"AIRFLOW_ON_AWS_LOCAL_REPOSITORIES": "True", "AIRFLOW_ON_AWS_PROJECTS_CSV": "/none"}
        )
    assert ({project.name for project in found}, lines) == (set(platform.repositories), [])


def test_only_changed_projects_become_tasks(platform: Platform) -> None:
    pushed = {
        name: platform.repositories[name].change({"dags/one.py": DAG.format(id=f"{name}__one")}) for name in CHANGED
    }
    ended = timed(platform.airflow)
    assert ended.state == "success"
    # A scheduled run may have started at the same time and delivered some of them.
    assert set(ended.tasks()) <= {"projects", "deliver", *CHANGED}
    projects = platform.airflow.home / "projects"
    eventually(lambda: {one: current(projects, one) for one in CHANGED} == pushed or None, "the three commits")


def test_many_changed_projects_are_divided_among_tasks(platform: Platform) -> None:
    platform.register(**ROLE)
    ended = timed(platform.airflow)
    assert ended.state == "success"
    assert sorted(ended.tasks().values()) == ["success"] * (1 + TASKS)
    folder = platform.airflow.home / "projects"
    assert len(platform.repositories) == PROJECTS
    assert [ProjectFolder(folder, name).executor_config for name in platform.repositories] == [
        ROLE["executor_config"]
    ] * PROJECTS


def current(projects: Path, name: str) -> str | None:
    release = ProjectFolder(projects, name).current
    return release and release.name


def timed(airflow: Instance) -> Run:
    began = time.monotonic()
    ended = run_dag(airflow, IMPORT, seconds=SECONDS)
    print(f"{PROJECTS} projects, {len(ended.tasks())} tasks: {time.monotonic() - began:.0f} s")
    return ended
