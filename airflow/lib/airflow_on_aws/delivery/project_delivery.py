"""Delivers the newest commit of a project's branch to the folder that Airflow reads, or changes nothing on failure."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from airflow_on_aws.dag_rules.checks import check_dags
from airflow_on_aws.delivery import dependencies, git
from airflow_on_aws.delivery.bundles import fetched_bundles
from airflow_on_aws.delivery.registry import Project
from airflow_on_aws.delivery.releases import ProjectFolder
from airflow_on_aws.delivery.ssh import ssh_command
from airflow_on_aws.secrets.secrets_manager import SecretError

log = logging.getLogger(__name__)
# Repositories that are queried for their newest commit at the same time.
PARALLEL_QUERIES = 16
# Maps a project to the DAG ids with its prefix that exist elsewhere, and their files.
UsedIds = Callable[[str], Mapping[str, str]]


class DeliveryError(Exception):
    """Failed delivery: the project and the remedy, on one line. The current release is unchanged."""


@contextmanager
def locked_folder(name: str, projects: Path) -> Iterator[ProjectFolder]:
    """Lock a project's folder, and convert errors to DeliveryError with the project's name."""
    folder = ProjectFolder(projects, name)
    try:
        with folder.locked():
            yield folder
    except (git.GitError, dependencies.DependencyError, SecretError, OSError) as error:  # OSError: also no permission
        raise DeliveryError(f"{name}: {error}") from None


def deliver(project: Project, projects: Path, used_ids: UsedIds = lambda project: {}) -> str | None:
    """Make the branch's newest commit current and return it; None if it is current already. Raises DeliveryError."""
    with (
        locked_folder(project.name, projects) as folder,
        ssh_command(project.deploy_key, project.host_keys) as ssh,
    ):
        folder.save_executor_config(project.executor_config)
        commit = git.latest_commit(project.url, project.branch, ssh)
        release = folder.releases / commit
        reads_dags = folder.reads_from(project.dags)
        if commit in folder.skipped:
            log.warning(
                "%s: commit %s was rolled back and is skipped; push another commit, or roll back to this one",
                project.name,
                commit,
            )
            return None
        if folder.current == release and reads_dags:
            return None
        if not release.exists():
            release = _fetch(project, folder, used_ids, ssh)
        elif not reads_dags:  # the registry now names another folder of the same commit
            _refuse_if_invalid(project, release, used_ids)
        environment = dependencies.install(folder, release)
        folder.read_from(project.dags)
        folder.switch("current-environment", environment)
        folder.switch("current", release)
        folder.save_skipped(set())
        prune(folder)
        return release.name


def register(project: Project, projects: Path) -> None:
    """Save the executor_config of a project with a bundle, and remove its delivered DAGs. Raises DeliveryError."""
    with locked_folder(project.name, projects) as folder:
        folder.save_executor_config(project.executor_config)
        folder.remove_links()


def withdraw(name: str, projects: Path) -> None:
    """Remove the delivered DAGs of a project that left the registry. Raises DeliveryError."""
    with locked_folder(name, projects) as folder:
        folder.remove_links()


def outdated_projects(found: Sequence[Project], projects: Path) -> list[Project]:
    """Return the projects for which deliver() or register() would change or report something; queries run in parallel."""
    with ThreadPoolExecutor(PARALLEL_QUERIES) as pool:
        current = pool.map(lambda project: _is_current(project, projects), found)
        return [project for project, is_current in zip(found, current, strict=True) if not is_current]


def _is_current(project: Project, projects: Path) -> bool:
    folder = ProjectFolder(projects, project.name)
    if project.name in fetched_bundles():
        return folder.executor_config == project.executor_config and not folder.current
    try:
        if folder.executor_config != project.executor_config or not folder.reads_from(project.dags):
            return False
        with ssh_command(project.deploy_key, project.host_keys) as ssh:
            commit = git.latest_commit(project.url, project.branch, ssh)
    except (git.GitError, SecretError, OSError):
        return False
    return folder.current == folder.releases / commit or commit in folder.skipped


def install_packages(name: str, projects: Path, *, rebuild: bool = False) -> Path | None:
    """Create the environment of a project's current release if it is missing; return it. Raises DeliveryError."""
    with locked_folder(name, projects) as folder:
        release = folder.current
        if release is None:
            raise DeliveryError(f"{name}: has no release; run ImportDAGs first")
        environment = dependencies.install(folder, release, rebuild=rebuild)
        folder.switch("current-environment", environment)
        return environment


def prune(folder: ProjectFolder) -> None:
    """Delete releases and environments that no task can still use."""
    needed = {path for path in (folder.current, folder.environment) if path}
    for name in folder.prune(folder.releases, needed):
        log.info("%s: deleted the old release %s", folder.name, name)
    kept = folder.releases.iterdir() if folder.releases.exists() else ()
    needed |= {path for path in (dependencies.environment_path(folder, release) for release in kept) if path}
    for name in folder.prune(folder.environments, needed, keep=0):
        log.info("%s: deleted the old environment %s", folder.name, name)


def _fetch(project: Project, folder: ProjectFolder, used_ids: UsedIds, ssh: str) -> Path:
    """Clone a release under a temporary name, check it, and rename it: a release under its final name is complete."""
    if not (folder.path / ".airflowignore").exists():
        folder.read_from(project.dags)
    temporary = folder.temporary_path()
    try:
        commit = git.clone(project.url, project.branch, temporary, ssh)
        shutil.rmtree(temporary / ".git")
        _refuse_if_invalid(project, temporary, used_ids, commit)
        release = folder.releases / commit
        if not release.exists():  # it exists if the branch was reset to this commit after the query
            release.parent.mkdir(exist_ok=True)
            temporary.rename(release)
        return release
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _refuse_if_invalid(project: Project, files: Path, used_ids: UsedIds, commit: str = "") -> None:
    """Log all problems of a release, and raise DeliveryError if there are any."""
    problems = _problems(project, files, used_ids)
    for problem in problems:
        log.error("%s: %s", project.name, problem)
    if problems:
        more = f" for {len(problems)} reasons, all in the log" if len(problems) > 1 else ""
        raise DeliveryError(f"{project.name}: commit {(commit or files.name)[:10]} is refused{more}: {problems[0]}")


def _problems(project: Project, files: Path, used_ids: UsedIds) -> list[str]:
    inside = os.path.realpath(files) + os.sep
    for path in files.rglob("*"):
        if path.is_symlink() and not os.path.realpath(path).startswith(inside):  # such as into another project
            return [f"{path.relative_to(files)} is a link to a file outside the repository; replace it"]
    if not (files / project.dags).is_dir():
        return [f"there is no folder {project.dags}; correct the folder in the project's registry entry"]
    found = check_dags(files / project.dags, prefix=project.prefix, used_ids=used_ids(project.name))
    return [str(problem) for problem in found]
