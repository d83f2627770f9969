import multiprocessing
import os
import socket
import time
from pathlib import Path

import pytest
from airflow_on_aws.delivery import git, project_delivery
from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import KEPT_RELEASES, LONGEST_TASK_SECONDS, ProjectFolder
from airflow_on_aws.delivery.rollback import roll_back
from repository import DAG, Repository

pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern")  # Airflow's


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the checks, which take 3 s, for tests of other subjects."""
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])


def files_that_airflow_reads(projects: Path) -> list[str]:
    from airflow.dag_processing.importers import get_importer_registry

    return [str(Path(file).relative_to(projects)) for file in get_importer_registry().list_dag_files(str(projects))]


def test_airflow_reads_only_the_delivered_commit(repository: Repository, weather: Project, projects: Path) -> None:
    commit = repository.dag("weather__one", **{"scripts/not_a_dag.py": "from airflow.sdk import DAG"})
    assert deliver(weather, projects) == commit
    assert (projects / "weather/current").readlink() == Path("releases") / commit
    assert files_that_airflow_reads(projects) == ["weather/current/dags/one.py"]
    assert not (projects / "weather/current/.git").exists()
    assert deliver(weather, projects) is None


@pytest.mark.usefixtures("unchecked")
def test_only_the_folder_that_the_registry_names_is_read(repository: Repository, projects: Path) -> None:
    dag = "from airflow.sdk import DAG"
    repository.commit({"flows/dags/one.py": dag, "flows/other.py": dag, "dags/other.py": dag})
    deliver(Project("weather", repository.url, dags="flows/dags"), projects)
    assert files_that_airflow_reads(projects) == ["weather/current/flows/dags/one.py"]
    deliver(Project("weather", repository.url), projects)
    assert files_that_airflow_reads(projects) == ["weather/current/dags/other.py"]


def test_an_invalid_commit_keeps_the_old_release_and_reports_all_problems(
    repository: Repository, weather: Project, projects: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])
        good = repository.dag("weather__one")
        deliver(weather, projects)
    more = {
        "two": DAG.format(id="sales__one"),
        "three": DAG.format(id="weather__elt"),
        "four": DAG.format(id="weather__one"),
    }
    files = {f"dags/{name}.py": text for name, text in more.items()}
    bad = repository.dag("weather__one", **files, **{"dags/sub/broken.py": f"import no_such_package{DAG}"})
    with pytest.raises(
        DeliveryError, match=f"weather: commit {bad[:10]} is refused for 4 reasons, all in the log: dags/"
    ):
        deliver(weather, projects, lambda project: {f"{project}__elt": "platform:examples/weather.py"})
    for what in (
        "dags/two.py: sales__one: the DAG id does not begin with 'weather__'",
        "dags/three.py: weather__elt: the DAG id is already used in platform:examples/weather.py",
        "dags/one.py: weather__one: the DAG id is already used in dags/four.py",
        "dags/sub/broken.py: does not import: ModuleNotFoundError: No module named 'no_such_package' (line 1)",
    ):
        assert f"weather: {what}" in caplog.text
    assert (projects / "weather/current").resolve().name == good
    assert [path.name for path in (projects / "weather/releases").iterdir()] == [good]


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"readme": "", "flows/x.py": ""}, "there is no folder dags"),
        ({"dags/link": "-> ../../../sales/current/dags"}, "dags/link is a link to a file outside the repository"),
        (
            {"dags/one.py": "", "requirements.txt": "./no_such-1.0-py3-none-any.whl"},
            "requirements.txt does not install",
        ),
    ],
)
def test_an_unusable_commit_is_refused(
    repository: Repository, weather: Project, projects: Path, files: dict[str, str], why: str
) -> None:
    links = {name: text.removeprefix("-> ") for name, text in files.items() if text.startswith("-> ")}
    for name, target in links.items():
        (repository.folder / name).parent.mkdir()
        (repository.folder / name).symlink_to(target)
    repository.commit({name: text for name, text in files.items() if name not in links})
    with pytest.raises(DeliveryError, match=why):
        deliver(weather, projects)
    assert not (projects / "weather/current").exists()


def test_a_missing_repository_is_reported_on_one_line_with_project_url_and_remedy(projects: Path) -> None:
    with pytest.raises(DeliveryError) as error:
        deliver(Project("weather", "file:///nowhere/weather.git"), projects)
    line = str(error.value)
    assert line.startswith("weather: file:///nowhere/weather.git: fatal:")
    assert "check the URL" in line
    assert "\n" not in line


def test_a_missing_branch_is_named(repository: Repository, projects: Path) -> None:
    repository.dag("weather__one")
    with pytest.raises(DeliveryError, match="has no branch release; correct the branch"):
        deliver(Project("weather", repository.url, "release"), projects)


def test_a_remote_that_hangs_times_out(projects: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "QUERY_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts connections, but never answers
        url = f"https://127.0.0.1:{server.getsockname()[1]}/weather.git"
        with pytest.raises(DeliveryError, match="did not answer within"):
            deliver(Project("weather", url), projects)


@pytest.mark.usefixtures("unchecked")
def test_temporary_files_of_a_killed_run_are_deleted(repository: Repository, weather: Project, projects: Path) -> None:
    half = ProjectFolder(projects, "weather").temporary_path()
    half.mkdir(parents=True)
    (half / "one.py").write_text("from airflow.sdk import DAG")
    repository.dag("weather__one")
    deliver(weather, projects)
    assert not half.exists()


@pytest.mark.usefixtures("unchecked")
def test_old_releases_are_deleted_unless_a_task_may_still_read_them(
    repository: Repository, weather: Project, projects: Path
) -> None:
    releases = projects / "weather/releases"
    for number in range(KEPT_RELEASES + 2):
        last = repository.dag(f"weather__{number}")
        deliver(weather, projects)
    assert len(list(releases.iterdir())) == KEPT_RELEASES + 2
    for number, release in enumerate(sorted(releases.iterdir(), key=lambda path: path.stat().st_mtime)):
        long_ago = time.time() - LONGEST_TASK_SECONDS - 1000 + number
        os.utime(release, (long_ago, long_ago))
    os.utime(releases / last, (0, 0))  # the current release stays at any age
    project_delivery.prune(ProjectFolder(projects, "weather"))
    assert len(list(releases.iterdir())) == KEPT_RELEASES + 1
    assert (releases / last).exists()


@pytest.mark.usefixtures("unchecked")
def test_only_changed_projects_are_outdated(tmp_path: Path, projects: Path) -> None:
    repositories = {name: Repository(tmp_path / name) for name in ("same", "pushed", "moved", "role")}
    found = {name: Project(name, one.url) for name, one in repositories.items()}
    found["nowhere"] = Project("nowhere", "file:///nowhere.git")
    for name, repository in repositories.items():
        repository.dag(f"{name}__one", **{"flows/x.py": ""})
    assert project_delivery.outdated_projects(list(found.values()), projects) == list(found.values())
    for name in repositories:
        deliver(found[name], projects)
    assert project_delivery.outdated_projects(list(found.values()), projects) == [found["nowhere"]]

    repositories["pushed"].dag("pushed__two")
    found["moved"] = Project("moved", repositories["moved"].url, dags="flows")
    found["role"] = Project("role", repositories["role"].url, executor_config={"taskDefinition": "x"})
    changed = ["pushed", "moved", "role", "nowhere"]
    assert [one.name for one in project_delivery.outdated_projects(list(found.values()), projects)] == changed


@pytest.mark.usefixtures("unchecked")
def test_a_project_that_was_rolled_back_is_not_outdated(
    repository: Repository, weather: Project, projects: Path
) -> None:
    for number in range(2):
        repository.dag(f"weather__{number}")
        deliver(weather, projects)
    roll_back("weather", projects)
    assert project_delivery.outdated_projects([weather], projects) == []


def _hold(projects: Path, held: "multiprocessing.synchronize.Event") -> None:
    with ProjectFolder(projects, "weather").locked():
        held.set()
        time.sleep(60)


def test_two_runs_cannot_change_one_project_concurrently(projects: Path) -> None:
    held = multiprocessing.Event()
    other = multiprocessing.Process(target=_hold, args=(projects, held))
    other.start()
    try:
        assert held.wait(10)
        with (
            pytest.raises(TimeoutError, match="another run has held the lock"),
            ProjectFolder(projects, "weather").locked(0.1),
        ):
            pass
    finally:
        other.kill()
        other.join()
    with ProjectFolder(projects, "weather").locked(1):  # the lock of a killed process is released
        pass
