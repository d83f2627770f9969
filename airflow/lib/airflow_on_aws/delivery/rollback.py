"""Going back to an older release of a project, and staying there until somebody pushes."""

import time
from dataclasses import dataclass
from pathlib import Path

from airflow_on_aws.delivery import dependencies
from airflow_on_aws.delivery.project_delivery import DeliveryError
from airflow_on_aws.delivery.releases import ProjectFolder, delivered

SHORTEST = 4  # characters of a commit


@dataclass(frozen=True)
class Release:
    """One release as operators see it; `last_used` is when it was current last, in UTC."""

    commit: str
    last_used: str
    current: bool
    passed_over: bool


def releases(name: str, projects: Path) -> list[Release]:
    """A project's releases, the current one first, then by when they were current last; none of an unknown project."""
    if name not in delivered(projects):
        return []
    folder = ProjectFolder(projects, name)
    left = folder.passed_over
    return [
        Release(path.name, _time(path), path == folder.current, path.name in left)
        for path in sorted(_by_last_use(folder), key=lambda path: path != folder.current)
    ]


def go_back(name: str, projects: Path, commit: str | None = None) -> str:
    """Makes another release current, by default the one before; returns its commit. Raises DeliveryError.

    What it leaves is passed over from then on; what it goes to is not any longer.
    """
    folder = ProjectFolder(projects, name)
    if name not in delivered(projects):
        raise DeliveryError(f"{name}: no project of that name has a release; see to the name")
    try:
        with folder.locked():
            release, was = _chosen(folder, commit), folder.current
            if release == was:
                raise DeliveryError(f"{name}: {release.name[:10]} is current already; name another release")
            if not (release / folder.dags).is_dir():
                raise DeliveryError(f"{name}: {release.name[:10]} has no folder {folder.dags}; name another release")
            environment = dependencies.install(folder, release)
            left = folder.passed_over
            folder.pass_over(left - {release.name} if release.name in left else left | ({was.name} if was else set()))
            folder.point("current-environment", environment)
            folder.point("current", release)
            return release.name
    except (dependencies.DependencyError, OSError) as error:
        raise DeliveryError(f"{name}: {error}") from None


def _chosen(folder: ProjectFolder, commit: str | None) -> Path:
    found = _by_last_use(folder)
    if commit is None:
        older = [path for path in found if path != folder.current and path.name not in folder.passed_over]
        if not older:
            raise DeliveryError(
                f"{folder.name}: there is no release before the current one; push a commit that reverts"
            )
        return older[0]
    fitting = [path for path in found if len(commit) >= SHORTEST and path.name.startswith(commit.lower())]
    if len(fitting) != 1:
        there = ", ".join(path.name[:10] for path in found) or "none"
        what = "several releases begin" if fitting else "no release begins"
        raise DeliveryError(f"{folder.name}: {what} with {commit!r}; name one of {there}")
    return fitting[0]


def _by_last_use(folder: ProjectFolder) -> list[Path]:
    """The latest first."""
    return sorted(folder.releases.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)


def _time(path: Path) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime))
