"""Which projects there are: those of the registry in SSM Parameter Store, and those of a projects.csv."""

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from airflow_on_aws.delivery.releases import projects_folder

# Prefixes of the platform's own DAGs.
RESERVED = ("admin", "tutorial")
COLUMNS = ("project", "repository", "branch", "path")
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_URL = re.compile(r"(https://[^\s@-][^\s@]*|ssh://[^\s-]\S*|file:///\S+|[\w.]+@[\w][\w.-]*:[^\s-]\S*)")
_BRANCH = re.compile(r"\w[\w./-]*")


@dataclass(frozen=True)
class Project:
    """Where a project's DAGs come from. Nothing in it can be taken for an option of git or lead out of a folder."""

    name: str
    url: str
    branch: str = "main"
    dags: str = "dags"
    deploy_key: str = ""
    """The secret with the key of a private repository."""
    host_keys: tuple[str, ...] = ()
    """Lines of an SSH known_hosts file, for a server that is not in config/known_hosts."""
    executor_config: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What its tasks are run with on ECS: its task definition, and with that its role."""
    registered: bool = False
    """Whether the registry in SSM has it, and not a projects.csv."""

    def __post_init__(self) -> None:
        """Raises ValueError with one line that names the field and the remedy."""
        if not _NAME.fullmatch(self.name) or self.name in RESERVED:
            taken = f"; {' and '.join(RESERVED)} are the platform's"
            raise ValueError(f"{self.name!r} is no project's name: use lower-case letters, digits and hyphens{taken}")
        if not _URL.fullmatch(self.url):
            raise ValueError(f"{self.name}: {_shown(self.url)!r} is no repository: use https://… or ssh://…, no user")
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch:
            raise ValueError(f"{self.name}: {self.branch!r} is no branch: give its name, such as main, or refs/tags/v1")
        if not _BRANCH.fullmatch(self.dags) or ".." in self.dags:
            raise ValueError(f"{self.name}: {self.dags!r} is no folder of the repository: give its path, such as dags")

    @property
    def prefix(self) -> str:
        """What the ids of its DAGs begin with. As no name has an underscore, no prefix is another one's beginning."""
        return f"{self.name}__"

    def is_at(self, repository: str) -> bool:
        """Whether that is its repository, however it is written: as URL, or as GitHub's full name."""
        ours, theirs = _path(self.url), _path(repository)
        return ours == theirs or ("/" in theirs and ours.endswith(f"/{theirs}"))

    @classmethod
    def from_entry(cls, name: str, text: str, *, local: bool = False) -> Self:
        """From the registry's parameter of that name; raises ValueError. With `local` it may name a folder of this machine."""
        try:
            entry = json.loads(text)
            repository = entry["repository"]
            where = repository["url"], repository["branch"], repository["dags"]
            private = repository.get("deploy_key") or "", tuple(repository.get("host_keys", ()))
            project = cls(entry["project"], *where, *private, dict(entry.get("executor_config", {})), True)
        except (TypeError, KeyError, json.JSONDecodeError) as error:
            raise ValueError(f"is no entry of version 1 ({error!r}): deploy the project's workflows again") from error
        if project.name != name.rsplit("/", 1)[-1]:
            raise ValueError(f"is not the place of the project {project.name}: deploy its workflows again")
        if project.url.startswith("file:") and not local:
            raise ValueError(f"{project.url} is a folder of this machine: set AIRFLOW_ON_AWS_LOCAL_REPOSITORIES=True")
        return project


def read(environment: Mapping[str, str] = os.environ) -> tuple[list[Project], list[str]]:
    """All projects, and a line for each entry that cannot be read.

    AIRFLOW_ON_AWS_REGISTRY names the path in SSM, AIRFLOW_ON_AWS_PROJECTS_CSV another file than <projects>/projects.csv.
    What an admin writes into that file may be a folder of this machine; what is registered, if a setting says so.
    """
    table = Path(environment.get("AIRFLOW_ON_AWS_PROJECTS_CSV") or projects_folder() / "projects.csv")
    found: list[Project | str] = []
    if path := environment.get("AIRFLOW_ON_AWS_REGISTRY"):
        found += list(_from_registry(path, local=environment.get("AIRFLOW_ON_AWS_LOCAL_REPOSITORIES") == "True"))
    if table.exists():
        found += list(_from_csv(table))
    return _one_of_each(found)


def is_filled(projects: Iterable[Project], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether read() found any, and where a registry is named, any of that: an empty one is more likely a mistake."""
    return any(project.registered or not environment.get("AIRFLOW_ON_AWS_REGISTRY") for project in projects)


def choose(projects: Iterable[Project], repository: str | None, name: str | None) -> list[Project]:
    """Those of a repository, or the one of a name."""
    return [one for one in projects if (one.is_at(repository) if repository else one.name == name)]


def _from_registry(path: str, *, local: bool) -> Iterator[Project | str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        parameters = [parameter for page in pages for parameter in page["Parameters"]]
    except (BotoCoreError, ClientError) as error:
        yield f"the registry {path} cannot be read: {error}; see to the task's role and region"
        return
    for parameter in parameters:
        name, text = parameter["Name"], parameter["Value"]
        yield _or_line(name, lambda name=name, text=text: Project.from_entry(name, text, local=local))


def _from_csv(table: Path) -> Iterator[Project | str]:
    """Line by line, so that a quote which is never closed takes no other line with it."""
    for number, line in enumerate(table.read_text(errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith(("#", f"{COLUMNS[0]},")):
            continue
        yield _or_line(f"{table.name}, line {number}", lambda line=line: _row(line))


def _row(line: str) -> Project:
    try:
        (row,) = csv.reader([line], strict=True, skipinitialspace=True)
    except csv.Error as error:
        raise ValueError(f"is no CSV ({error}): write {','.join(COLUMNS)}") from error
    cells = [cell.strip() for cell in row]
    if not 3 <= len(cells) <= 4:
        raise ValueError(f"has {len(cells)} columns: write {','.join(COLUMNS)}; path may be left out")
    return Project(cells[0], cells[1], cells[2], (cells[3:] or [""])[0] or "dags")


def _or_line(where: str, make: Any) -> Project | str:
    try:
        project: Project = make()
    except ValueError as error:
        return f"{where}: {error}"
    else:
        return project


def _one_of_each(found: Iterable[Project | str]) -> tuple[list[Project], list[str]]:
    projects: dict[str, Project] = {}
    lines = []
    for one in found:
        if isinstance(one, str):
            lines.append(one)
        elif one.name in projects:
            lines.append(f"{one.name}: is there twice, {projects[one.name].url} is used: delete {one.url}")
        else:
            projects[one.name] = one
    return list(projects.values()), lines


def _path(url: str) -> str:
    """``github.com/example/weather`` of any way to write it."""
    rest = url.split("://", 1)[-1].split("@", 1)[-1].replace(":", "/", 1 if "://" not in url else 0)
    return rest.lower().rstrip("/").removesuffix(".git")


def _shown(url: str) -> str:
    """A URL without what may be a password."""
    return re.sub(r"//[^@/]*@", "//…@", url)
