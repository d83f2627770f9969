"""Folder of a project: its releases, each named by its commit, and the link `current` to the release that Airflow reads.

<projects>/weather/.airflowignore           restricts Airflow to current/dags
<projects>/weather/current                  -> releases/<commit>
<projects>/weather/current-environment      -> environments/<hash>, see `dependencies`
<projects>/weather/executor_config.json     task definition and sizes of its tasks on ECS, see `policies`
<projects>/weather/skipped.json             commits that were rolled back and are not delivered again, see `rollback`
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

KEPT_RELEASES = 5
# A task may read files of the release with which it started. A release that was current within this time is kept.
LONGEST_TASK_SECONDS = 24 * 3600.0
LOCK_SECONDS = 900.0
TEMPORARY = ".temporary-"
LINKS = ("current", "current-environment")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def projects_folder() -> Path:
    """Return the folder of all projects: AIRFLOW_ON_AWS_PROJECTS, or `projects` below AIRFLOW_HOME."""
    home = os.environ.get("AIRFLOW_HOME", str(Path.home() / "airflow"))
    return Path(os.environ.get("AIRFLOW_ON_AWS_PROJECTS") or f"{home}/projects")


def projects_with_release(projects: Path) -> list[str]:
    """Return the names of the projects that have a current release."""
    return sorted(link.parent.name for link in projects.glob("*/current"))


def delivered_projects(projects: Path) -> list[str]:
    """Return the projects whose release ImportDAGs delivered. Other releases, such as an example, are not named by a commit."""
    return [
        name
        for name in projects_with_release(projects)
        if _COMMIT.fullmatch((projects / name / "current").resolve().name)
    ]


class ProjectFolder:
    """Folder of one project. Change it only inside `locked`."""

    def __init__(self, projects: Path, name: str) -> None:
        self.name, self.path = name, projects / name
        self.releases, self.environments = self.path / "releases", self.path / "environments"

    @contextlib.contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the project's lock, which works across machines on EFS; raises TimeoutError."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as file:
            until = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        what = f"another run has held the lock for {seconds:g} s; see its log"
                        raise TimeoutError(what) from None
                    time.sleep(0.2)
            self._delete_temporary_files()
            yield

    @property
    def current(self) -> Path | None:
        """The release that Airflow reads."""
        return self._target("current")

    @property
    def environment(self) -> Path | None:
        """The environment with the project's own packages."""
        return self._target("current-environment")

    @property
    def executor_config(self) -> dict[str, Any]:
        """The executor_config of the project's tasks on ECS; empty if none is registered."""
        return dict(self._read("executor_config.json") or {})

    @property
    def skipped(self) -> set[str]:
        """The commits that were rolled back, and after which no other commit was delivered."""
        return set(self._read("skipped.json") or ())

    def save_skipped(self, commits: set[str]) -> None:
        """Store the commits that are not to be delivered."""
        if self.skipped != commits:
            self._write("skipped.json", json.dumps(sorted(commits)))

    def save_executor_config(self, config: Mapping[str, Any]) -> None:
        """Store the executor_config of the project's tasks."""
        if self.executor_config != config:
            self._write("executor_config.json", json.dumps(config))

    @property
    def dags(self) -> str:
        """The folder of a release that Airflow reads; raises FileNotFoundError before the first delivery."""
        return (self.path / ".airflowignore").read_text().splitlines()[-1].removeprefix("!/current/")

    def reads_from(self, dags: str) -> bool:
        """Return True if Airflow reads this folder of the current release."""
        file = self.path / ".airflowignore"
        return file.exists() and file.read_text() == _airflowignore(dags)

    def read_from(self, dags: str) -> None:
        """Make Airflow read this folder of the current release, and nothing else of the project."""
        if not self.reads_from(dags):
            self._write(".airflowignore", _airflowignore(dags))

    def temporary_path(self) -> Path:
        """Return a new path for incomplete files, which the next run deletes."""
        return self.path / f"{TEMPORARY}{uuid.uuid4().hex}"

    def switch(self, link: str, target: Path | None) -> None:
        """Point `current` or `current-environment` to another target atomically; the old target counts as used until now."""
        old, path = self._target(link), self.path / link
        if target == old:
            return
        if target is None:
            path.unlink(missing_ok=True)
        else:
            temporary = self.temporary_path()
            temporary.symlink_to(target.relative_to(self.path))
            temporary.replace(path)
        if old and old.exists():
            os.utime(old)

    def remove_links(self) -> None:
        """Remove the links, so that Airflow reads no DAGs. The releases stay, for running tasks and for a return."""
        for link in LINKS:
            self.switch(link, None)

    def prune(self, folder: Path, needed: set[Path], keep: int = KEPT_RELEASES) -> list[str]:
        """Delete old subfolders of `releases` or `environments`; return their names.

        It keeps those in `needed`, the `keep` last used, and those in use within LONGEST_TASK_SECONDS.
        """
        if not folder.exists():
            return []
        by_age = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        limit = time.time() - LONGEST_TASK_SECONDS
        old = [path for path in by_age[keep:] if path not in needed and path.stat().st_mtime < limit]
        for path in old:
            temporary = self.temporary_path()
            path.rename(temporary)  # a release under its name is never incomplete
            shutil.rmtree(temporary, ignore_errors=True)
        return [path.name for path in old]

    def _target(self, link: str) -> Path | None:
        path = self.path / link
        return self.path / path.readlink() if path.is_symlink() else None

    def _read(self, name: str) -> Any:
        """Return the content of a JSON file, or None without the file."""
        try:
            return json.loads((self.path / name).read_text())
        except FileNotFoundError:
            return None

    def _write(self, name: str, text: str) -> None:
        """Replace a file atomically."""
        temporary = self.temporary_path()
        temporary.write_text(text)
        temporary.replace(self.path / name)

    def _delete_temporary_files(self) -> None:
        """Delete what a killed run left behind."""
        for path in self.path.glob(f"{TEMPORARY}*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _airflowignore(dags: str) -> str:
    """Return an .airflowignore that admits current/<dags> only; each parent folder has to be admitted first."""
    lines, path = ["/*"], PurePosixPath("/")
    for part in ("current", *PurePosixPath(dags).parts):
        path /= part
        lines += [f"!{path}", f"{path}/*"]
    return "\n".join(lines[:-1]) + "\n"
