"""Brings the newest commit of a project's branch to where Airflow reads it, or leaves everything as it was."""

import logging
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from airflow_on_aws.dag_rules.checks import check
from airflow_on_aws.delivery import bundles, dependencies, git, ssh
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from airflow_on_aws.secrets.secrets_manager import SecretError

log = logging.getLogger(__name__)
# Repositories that are asked for their commit at the same time.
AT_ONCE = 16
# Which DAG ids with a project's prefix are somebody else's by now, and where.
Taken = Callable[[str], Mapping[str, str]]


class DeliveryError(Exception):
    """One line that names the project and the remedy. The release that was current still is."""


def deliver(project: Project, projects: Path, taken: Taken = lambda project: {}) -> str | None:
    """Makes the branch's newest commit current and returns it; None if it is already. Raises DeliveryError."""
    folder = ProjectFolder(projects, project.name)
    try:
        with folder.locked(), ssh.command(project.deploy_key, project.host_keys) as reach:
            folder.run_with(project.executor_config)
            commit = git.head(project.url, project.branch, reach)
            release = folder.releases / commit
            known = folder.leads_to(project.dags)
            if commit in folder.passed_over:
                log.warning(
                    "%s: somebody went back from %s; a push, or going back to it, moves on", project.name, commit
                )
                return None
            if folder.current == release and known:
                return None
            if not release.exists():
                release = _fetch(project, folder, taken, reach)
            elif not known:  # the registry names another folder of it than before
                _check(project, release, taken)
            environment = dependencies.install(folder, release)
            folder.lead_to(project.dags)
            folder.point("current-environment", environment)
            folder.point("current", release)
            folder.pass_over(set())
            prune(folder)
            return release.name
    except (git.GitError, dependencies.DependencyError, SecretError, OSError) as error:  # also: it may not write here
        raise DeliveryError(f"{project.name}: {error}") from None


def register(project: Project, projects: Path) -> None:
    """For a project with a bundle: keeps what its tasks are run with, and takes away what was delivered. Raises DeliveryError."""
    folder = ProjectFolder(projects, project.name)
    try:
        with folder.locked():
            folder.run_with(project.executor_config)
            folder.point_nowhere()
    except OSError as error:
        raise DeliveryError(f"{project.name}: {error}") from None


def withdraw(name: str, projects: Path) -> None:
    """For a project that left the registry: takes away what was delivered. Raises DeliveryError."""
    folder = ProjectFolder(projects, name)
    try:
        with folder.locked():
            folder.point_nowhere()
    except OSError as error:
        raise DeliveryError(f"{name}: {error}") from None


def outdated(found: Sequence[Project], projects: Path) -> list[Project]:
    """Those for which deliver() has something to do, or to complain of; all repositories are asked side by side."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        same = pool.map(lambda project: _is_current(project, projects), found)
        return [project for project, is_current in zip(found, same, strict=True) if not is_current]


def _is_current(project: Project, projects: Path) -> bool:
    folder = ProjectFolder(projects, project.name)
    if project.name in bundles.names():
        return folder.executor_config == project.executor_config and not folder.current
    try:
        if folder.executor_config != project.executor_config or not folder.leads_to(project.dags):
            return False
        with ssh.command(project.deploy_key, project.host_keys) as reach:
            commit = git.head(project.url, project.branch, reach)
    except (git.GitError, SecretError, OSError):
        return False
    return folder.current == folder.releases / commit or commit in folder.passed_over


def install_again(name: str, projects: Path, *, anew: bool = False) -> Path | None:
    """Makes the environment of a project's current release if it is not there; returns it. Raises DeliveryError."""
    folder = ProjectFolder(projects, name)
    try:
        with folder.locked():
            release = folder.current
            if release is None:
                raise DeliveryError(f"{name}: has no release; run ImportDAGs first")
            environment = dependencies.install(folder, release, anew=anew)
            folder.point("current-environment", environment)
            return environment
    except (dependencies.DependencyError, OSError) as error:
        raise DeliveryError(f"{name}: {error}") from None


def prune(folder: ProjectFolder) -> None:
    """Deletes releases and environments that no task can need any longer."""
    needed = {path for path in (folder.current, folder.environment) if path}
    for name in folder.prune(folder.releases, needed):
        log.info("%s: deleted the old release %s", folder.name, name)
    kept = folder.releases.iterdir() if folder.releases.exists() else ()
    needed |= {path for path in (dependencies.environment_of(folder, release) for release in kept) if path}
    for name in folder.prune(folder.environments, needed, keep=0):
        log.info("%s: deleted the old environment %s", folder.name, name)


def _fetch(project: Project, folder: ProjectFolder, taken: Taken, reach: str) -> Path:
    """A new release: cloned aside, checked, and then given its name, so that what has the name is complete."""
    if not (folder.path / ".airflowignore").exists():
        folder.lead_to(project.dags)
    aside = folder.aside()
    try:
        commit = git.clone(project.url, project.branch, aside, reach)
        shutil.rmtree(aside / ".git")
        _check(project, aside, taken, commit)
        release = folder.releases / commit
        if not release.exists():  # the branch may have gone back to it in the meantime
            release.parent.mkdir(exist_ok=True)
            aside.rename(release)
        return release
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _check(project: Project, files: Path, taken: Taken, commit: str = "") -> None:
    """Raises DeliveryError if they may not become current; all that is wrong is in the log."""
    problems = _problems(project, files, taken)
    for problem in problems:
        log.error("%s: %s", project.name, problem)
    if problems:
        more = f" for {len(problems)} reasons, all in the log" if len(problems) > 1 else ""
        raise DeliveryError(f"{project.name}: commit {(commit or files.name)[:10]} is refused{more}: {problems[0]}")


def _problems(project: Project, files: Path, taken: Taken) -> list[str]:
    inside = os.path.realpath(files) + os.sep
    for path in files.rglob("*"):
        if path.is_symlink() and not os.path.realpath(path).startswith(inside):  # such as into another project
            return [f"{path.relative_to(files)} is a link that leads out of the repository; replace it"]
    if not (files / project.dags).is_dir():
        return [f"there is no folder {project.dags}; name the right one in the project's registry entry"]
    found = check(files / project.dags, prefix=project.prefix, taken=taken(project.name))
    return [str(problem) for problem in found]
