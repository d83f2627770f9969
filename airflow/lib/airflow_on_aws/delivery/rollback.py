"""Rollback of a project to an older release, which stays current until the next push."""

import time
from dataclasses import dataclass
from pathlib import Path

from airflow_on_aws.delivery import dependencies
from airflow_on_aws.delivery.project_delivery import DeliveryError, locked_folder
from airflow_on_aws.delivery.releases import ProjectFolder, projects_with_release

SHORTEST = 4  # characters of an abbreviated commit


@dataclass(frozen=True)
class Release:
    """A release as operators see it; `last_used` is the last time it was current, in UTC."""

    commit: str
    last_used: str
    current: bool
    skipped: bool


def list_releases(name: str, projects: Path) -> list[Release]:
    """Return a project's releases, the current one first, then by last use; empty for an unknown project."""
    if name not in projects_with_release(projects):
        return []
    folder = ProjectFolder(projects, name)
    skipped = folder.skipped
    return [
        Release(path.name, _last_used(path), path == folder.current, path.name in skipped)
        for path in sorted(_by_last_use(folder), key=lambda path: path != folder.current)
    ]


def roll_back(name: str, projects: Path, commit: str | None = None) -> str:
    """Make another release current, by default the previous one; return its commit. Raises DeliveryError.

    ImportDAGs skips the release that was current from then on, and no longer skips the chosen release.
    """
    if name not in projects_with_release(projects):
        raise DeliveryError(f"{name}: there is no release of a project with this name; check the name")
    with locked_folder(name, projects) as folder:
        release, old = _chosen(folder, commit), folder.current
        if release == old:
            raise DeliveryError(f"{name}: {release.name[:10]} is current already; name another release")
        if not (release / folder.dags).is_dir():
            raise DeliveryError(f"{name}: {release.name[:10]} has no folder {folder.dags}; name another release")
        environment = dependencies.install(folder, release)
        skipped = folder.skipped
        if release.name in skipped:
            folder.save_skipped(skipped - {release.name})
        elif old:
            folder.save_skipped(skipped | {old.name})
        folder.switch("current-environment", environment)
        folder.switch("current", release)
        return release.name


def _chosen(folder: ProjectFolder, commit: str | None) -> Path:
    found = _by_last_use(folder)
    if commit is None:
        older = [path for path in found if path != folder.current and path.name not in folder.skipped]
        if not older:
            raise DeliveryError(
                f"{folder.name}: there is no release before the current one; push a commit that reverts"
            )
        return older[0]
    matching = [path for path in found if len(commit) >= SHORTEST and path.name.startswith(commit.lower())]
    if len(matching) != 1:
        known = ", ".join(path.name[:10] for path in found) or "none"
        what = "several releases begin" if matching else "no release begins"
        raise DeliveryError(f"{folder.name}: {what} with {commit!r}; name one of {known}")
    return matching[0]


def _by_last_use(folder: ProjectFolder) -> list[Path]:
    """Return the releases, the last used first."""
    return sorted(folder.releases.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)


def _last_used(path: Path) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(path.stat().st_mtime))
