import json
import os
import time
from pathlib import Path

import pytest
from airflow_on_aws.delivery import project_delivery
from airflow_on_aws.delivery.project_delivery import DeliveryError, deliver
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from airflow_on_aws.delivery.rollback import list_releases, roll_back
from repository import Repository

pytestmark = pytest.mark.usefixtures("unchecked")


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the checks, which take 3 s."""
    monkeypatch.setattr(project_delivery, "check_dags", lambda *arguments, **keywords: [])


@pytest.fixture
def three(repository: Repository, weather: Project, projects: Path) -> list[str]:
    """Three commits that were delivered in sequence."""
    commits = []
    for number in range(3):
        commits.append(repository.dag(f"weather__{number}"))
        deliver(weather, projects)
    # Set the times of last use one hour apart.
    for hours, commit in enumerate(reversed(commits), 1):
        then = time.time() - 3600 * hours
        os.utime(projects / "weather/releases" / commit, (then, then))
    return commits


def current(projects: Path) -> str:
    return (projects / "weather/current").readlink().name


def test_without_a_commit_each_rollback_selects_the_previous_release(projects: Path, three: list[str]) -> None:
    first, second, third = three
    assert roll_back("weather", projects) == second == current(projects)
    assert roll_back("weather", projects) == first == current(projects)
    with pytest.raises(DeliveryError, match="weather: there is no release before the current one; push a commit"):
        roll_back("weather", projects)
    assert current(projects) == first
    assert {one.commit for one in list_releases("weather", projects) if one.skipped} == {second, third}


def test_imports_keep_a_rollback_until_the_next_push(
    repository: Repository, weather: Project, projects: Path, three: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    first, _, third = three
    roll_back("weather", projects, first[:8])
    assert deliver(weather, projects) is None
    assert current(projects) == first
    assert (
        f"weather: commit {third} was rolled back and is skipped; push another commit, or roll back to this one"
        in caplog.text
    )
    pushed = repository.dag("weather__mended")
    assert deliver(weather, projects) == pushed == current(projects)
    found = list_releases("weather", projects)
    assert pushed in {one.commit for one in found}
    assert [one.commit for one in found if one.skipped] == []


def test_a_rollback_to_a_skipped_release_resumes_imports(weather: Project, projects: Path, three: list[str]) -> None:
    roll_back("weather", projects)
    assert roll_back("weather", projects, three[2].upper()) == three[2]
    assert ProjectFolder(projects, "weather").skipped == set()
    assert deliver(weather, projects) is None
    assert current(projects) == three[2]


def test_the_list_begins_with_the_current_release(projects: Path, three: list[str]) -> None:
    first, second, third = three
    roll_back("weather", projects, first)
    assert [one.commit for one in list_releases("weather", projects)] == [first, third, second]
    assert [(one.current, one.skipped) for one in list_releases("weather", projects)] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip
    assert list_releases("unknown", projects) == []


@pytest.mark.parametrize(
    ("commit", "why"),
    [
        ("0" * 40, "no release begins with '0000000000000000000000000000000000000000'; name one of "),
        ("a", "no release begins with 'a'; name one of "),
        ("../../sales/releases/x", "no release begins with '../../sales/releases/x'; name one of "),
        ("{third}", "is current already; name another release"),
    ],
)
def test_an_invalid_target_is_refused_and_nothing_changes(
    projects: Path, three: list[str], commit: str, why: str
) -> None:
    with pytest.raises(DeliveryError) as refused:
        roll_back("weather", projects, commit.format(third=three[2]))
    assert why in str(refused.value)
    assert current(projects) == three[2]
    assert ProjectFolder(projects, "weather").skipped == set()


def test_a_release_without_the_folder_that_airflow_reads_is_refused(
    repository: Repository, projects: Path, three: list[str]
) -> None:
    repository.commit({"flows/one.py": ""})
    deliver(Project("weather", repository.url, dags="flows"), projects)
    with pytest.raises(DeliveryError, match=f"weather: {three[0][:10]} has no folder flows; name another release"):
        roll_back("weather", projects, three[0])


@pytest.mark.parametrize("name", ["unknown", "..", "weather/releases"])
def test_an_unknown_project_is_not_created(name: str, projects: Path, three: list[str]) -> None:
    with pytest.raises(DeliveryError, match="there is no release of a project with this name; check the name"):
        roll_back(name, projects)
    assert list_releases(name, projects) == []
    assert not (projects / "unknown").exists()


def test_packages_are_rolled_back_too(repository: Repository, weather: Project, projects: Path) -> None:
    plain = repository.dag("weather__one")
    deliver(weather, projects)
    repository.dag("weather__one", **{"requirements.txt": "--no-index\n"})
    deliver(weather, projects)
    assert (projects / "weather/current-environment").is_symlink()
    assert roll_back("weather", projects) == plain
    assert not (projects / "weather/current-environment").is_symlink()


def test_skipped_commits_are_stored_as_readable_json(projects: Path, three: list[str]) -> None:
    roll_back("weather", projects)
    assert json.loads((projects / "weather/skipped.json").read_text()) == [three[2]]
