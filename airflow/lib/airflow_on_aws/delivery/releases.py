"""The folder of a project: its releases, each named by its commit, and the link `current` to the one that Airflow reads.

<projects>/weather/.airflowignore           leads Airflow to current/dags and nowhere else
<projects>/weather/current                  -> releases/<commit>
<projects>/weather/current-environment      -> environments/<hash>, see `dependencies`
<projects>/weather/executor_config.json     what its tasks are run with on ECS, see `policies`
<projects>/weather/passed_over.json         the commits that somebody went back from, see `rollback`
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

KEPT = 5
# A task may read files of the release that it began with. One that was current within this time is not deleted.
LONGEST_TASK_SECONDS = 24 * 3600.0
LOCK_SECONDS = 900.0
ASIDE = ".aside-"
LINKS = ("current", "current-environment")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def projects_folder() -> Path:
    """Where the projects lie: AIRFLOW_ON_AWS_PROJECTS, or `projects` below AIRFLOW_HOME."""
    home = os.environ.get("AIRFLOW_HOME", str(Path.home() / "airflow"))
    return Path(os.environ.get("AIRFLOW_ON_AWS_PROJECTS") or f"{home}/projects")


def delivered(projects: Path) -> list[str]:
    """The projects that have a release."""
    return sorted(link.parent.name for link in projects.glob("*/current"))


def imported(projects: Path) -> list[str]:
    """Those whose release ImportDAGs brought: what somebody else put there, such as an example, has no commit's name."""
    return [name for name in delivered(projects) if _COMMIT.fullmatch((projects / name / "current").resolve().name)]


class ProjectFolder:
    """What is done with the folder is done under its lock."""

    def __init__(self, projects: Path, name: str) -> None:
        self.name, self.path = name, projects / name
        self.releases, self.environments = self.path / "releases", self.path / "environments"

    @contextlib.contextmanager
    def locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Waits for whoever is at it, on any machine (EFS has this lock too); raises TimeoutError."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as file:
            until = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        what = f"another run has been at it for {seconds:g} s; see what it waits for"
                        raise TimeoutError(what) from None
                    time.sleep(0.2)
            self._clear()
            yield

    @property
    def current(self) -> Path | None:
        """The release that Airflow reads."""
        link = self.path / "current"
        return self.path / link.readlink() if link.is_symlink() else None

    @property
    def environment(self) -> Path | None:
        """The environment of the project's own packages."""
        link = self.path / "current-environment"
        return self.path / link.readlink() if link.is_symlink() else None

    @property
    def executor_config(self) -> dict[str, Any]:
        """What the project's tasks are run with on ECS; empty where nobody registered that."""
        try:
            config: dict[str, Any] = json.loads((self.path / "executor_config.json").read_text())
        except FileNotFoundError:
            return {}
        return config

    @property
    def passed_over(self) -> set[str]:
        """The commits that somebody went back from, and that nobody has pushed past."""
        try:
            return set(json.loads((self.path / "passed_over.json").read_text()))
        except FileNotFoundError:
            return set()

    def pass_over(self, commits: set[str]) -> None:
        """Keeps that these are not to be delivered."""
        if self.passed_over != commits:
            self._write("passed_over.json", json.dumps(sorted(commits)))

    def run_with(self, config: Mapping[str, Any]) -> None:
        """Keeps that as the executor_config."""
        if self.executor_config != config:
            self._write("executor_config.json", json.dumps(config))

    @property
    def dags(self) -> str:
        """The folder of a release that Airflow reads; raises FileNotFoundError before the first delivery."""
        return (self.path / ".airflowignore").read_text().splitlines()[-1].removeprefix("!/current/")

    def leads_to(self, dags: str) -> bool:
        """Whether that is the folder of the current release which Airflow reads."""
        file = self.path / ".airflowignore"
        return file.exists() and file.read_text() == _only(dags)

    def lead_to(self, dags: str) -> None:
        """Has Airflow read that folder of the current release, and nothing else below the project."""
        if not self.leads_to(dags):
            self._write(".airflowignore", _only(dags))

    def aside(self) -> Path:
        """A name for what is not finished."""
        return self.path / f"{ASIDE}{uuid.uuid4().hex}"

    def point(self, link: str, target: Path | None) -> None:
        """Moves `current` or `current-environment` in one step; what it led to counts as used until now."""
        was, path = {"current": self.current, "current-environment": self.environment}[link], self.path / link
        if target == was:
            return
        if target is None:
            path.unlink(missing_ok=True)
        else:
            aside = self.aside()
            aside.symlink_to(target.relative_to(self.path))
            aside.replace(path)
        if was and was.exists():
            os.utime(was)

    def point_nowhere(self) -> None:
        """Airflow reads nothing of it any more. The releases stay, for tasks that run and for a way back."""
        for link in LINKS:
            self.point(link, None)

    def prune(self, folder: Path, needed: set[Path], keep: int = KEPT) -> list[str]:
        """Deletes old folders below `releases` or `environments`; returns their names.

        Never those `needed`, the `keep` used last, nor any that was in use within LONGEST_TASK_SECONDS.
        """
        if not folder.exists():
            return []
        by_age = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        young = time.time() - LONGEST_TASK_SECONDS
        old = [path for path in by_age[keep:] if path not in needed and path.stat().st_mtime < young]
        for path in old:
            aside = self.aside()
            path.rename(aside)  # half of a release is never seen under its name
            shutil.rmtree(aside, ignore_errors=True)
        return [path.name for path in old]

    def _write(self, name: str, text: str) -> None:
        """Nobody sees half of it."""
        aside = self.aside()
        aside.write_text(text)
        aside.replace(self.path / name)

    def _clear(self) -> None:
        """Deletes what a run that was killed left behind."""
        for path in self.path.glob(f"{ASIDE}*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _only(dags: str) -> str:
    """An .airflowignore for current/<dags>; a folder must be let in before something in it can be."""
    lines, path = ["/*"], PurePosixPath("/")
    for part in ("current", *PurePosixPath(dags).parts):
        path /= part
        lines += [f"!{path}", f"{path}/*"]
    return "\n".join(lines[:-1]) + "\n"
