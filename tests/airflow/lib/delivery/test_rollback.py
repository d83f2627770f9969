import json
import os
import time
from pathlib import Path

import pytest
from airflow_on_aws.delivery import project_delivery
from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from airflow_on_aws.delivery.rollback import go_back, releases
from repository import Repository

pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check takes three seconds, and what it takes has become current."""
    monkeypatch.setattr(project_delivery, "check", lambda *arguments, **keywords: [])


@pytest.fixture
def three(repository: Repository, weather: Project, projects: Path) -> list[str]:
    """Three commits, delivered one after the other."""
    commits = []
    for number in range(3):
        commits.append(repository.dag(f"weather__{number}"))
        deliver(weather, projects)
    # Each was used last an hour after the one before, as it is in life.
    for hours, commit in enumerate(reversed(commits), 1):
        then = time.time() - 3600 * hours
        os.utime(projects / "weather/releases" / commit, (then, then))
    return commits


def current(projects: Path) -> str:
    return (projects / "weather/current").readlink().name


def test_without_a_commit_it_is_the_one_before_and_again_the_one_before_that(projects: Path, three: list[str]) -> None:
    first, second, third = three
    assert go_back("weather", projects) == second == current(projects)
    assert go_back("weather", projects) == first == current(projects)
    with pytest.raises(DeliveryError, match="weather: there is no release before the current one; push a commit"):
        go_back("weather", projects)
    assert current(projects) == first
    assert {one.commit for one in releases("weather", projects) if one.passed_over} == {second, third}


def test_the_next_import_stays_there_and_a_push_moves_on(
    repository: Repository, weather: Project, projects: Path, three: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, _, third = three
    go_back("weather", projects, first[:8])
    assert deliver(weather, projects) is None
    assert current(projects) == first
    assert f"weather: somebody went back from {third}; a push, or going back to it, moves on" in caplog.text
    pushed = repository.dag("weather__mended")
    assert deliver(weather, projects) == pushed == current(projects)
    found = releases("weather", projects)
    assert pushed in {one.commit for one in found}
    assert [one.commit for one in found if one.passed_over] == []


def test_going_to_what_was_passed_over_lets_imports_go_on(weather: Project, projects: Path, three: list[str]) -> None:
    go_back("weather", projects)
    assert go_back("weather", projects, three[2].upper()) == three[2]
    assert ProjectFolder(projects, "weather").passed_over == set()
    assert deliver(weather, projects) is None
    assert current(projects) == three[2]


def test_the_list_begins_with_the_current_one(projects: Path, three: list[str]) -> None:
    first, second, third = three
    go_back("weather", projects, first)
    assert [one.commit for one in releases("weather", projects)] == [first, third, second]
    assert [(one.current, one.passed_over) for one in releases("weather", projects)] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip
    assert releases("unknown", projects) == []


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        ("0" * 40, "no release begins with '0000000000000000000000000000000000000000'; name one of "),
        ("a", "no release begins with 'a'; name one of "),
        ("../../sales/releases/x", "no release begins with '../../sales/releases/x'; name one of "),
        ("{third}", "is current already; name another release"),
    ],
)
def test_what_cannot_be_gone_to_is_refused_and_nothing_changes(
    projects: Path, three: list[str], commit: str, why: str
) -> None:
    with pytest.raises(DeliveryError) as refused:
        go_back("weather", projects, commit.format(third=three[2]))
    assert why in str(refused.value)
    assert current(projects) == three[2]
    assert ProjectFolder(projects, "weather").passed_over == set()


def test_a_release_without_the_folder_that_airflow_reads_is_refused(
    repository: Repository, projects: Path, three: list[str]
) -> None:
    repository.commit({"flows/one.py": ""})
    deliver(Project("weather", repository.url, dags="flows"), projects)
    with pytest.raises(DeliveryError, match=f"weather: {three[0][:10]} has no folder flows; name another release"):
        go_back("weather", projects, three[0])


@pytest.mark.parametrize("name", ["unknown", "..", "weather/releases"])
def test_a_project_that_is_not_there_is_not_made(name: str, projects: Path, three: list[str]) -> None:
    with pytest.raises(DeliveryError, match="no project of that name has a release; see to the name"):
        go_back(name, projects)
    assert releases(name, projects) == []
    assert not (projects / "unknown").exists()


def test_the_packages_go_back_too(repository: Repository, weather: Project, projects: Path) -> None:
    plain = repository.dag("weather__one")
    deliver(weather, projects)
    repository.dag("weather__one", **{"requirements.txt": "--no-index\n"})
    deliver(weather, projects)
    assert (projects / "weather/current-environment").is_symlink()
    assert go_back("weather", projects) == plain
    assert not (projects / "weather/current-environment").is_symlink()


def test_what_is_passed_over_is_a_file_that_a_person_can_read(projects: Path, three: list[str]) -> None:
    go_back("weather", projects)
    assert json.loads((projects / "weather/passed_over.json").read_text()) == [three[2]]
