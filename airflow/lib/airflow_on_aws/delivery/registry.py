"""Registry of projects: entries in SSM Parameter Store, and lines of an optional projects.csv."""

import csv
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from airflow_on_aws.delivery.releases import projects_folder

# Prefixes of the platform's own DAGs, which no project can have as its name.
RESERVED = ("admin", "tutorial")
COLUMNS = ("project", "repository", "branch", "path")
# Version of RegistryEntry in modules/contract.py.
VERSION = 1
_NAME = re.compile(r"[a-z](-?[a-z0-9])*")
_URL = re.compile(r"(https://[^\s@-][^\s@]*|ssh://[^\s-]\S*|file:///\S+|[\w.]+@[\w][\w.-]*:[^\s-]\S*)")
_BRANCH = re.compile(r"\w[\w./-]*")


@dataclass(frozen=True)
class Project:
    """Source of a project's DAGs. No value can act as an option of git or as a path outside the repository."""

    name: str
    url: str
    branch: str = "main"
    dags: str = "dags"
    deploy_key: str = ""
    """Name of the secret with the SSH key of a private repository."""
    host_keys: tuple[str, ...] = ()
    """Lines of an SSH known_hosts file, for a server that is not listed in config/known_hosts."""
    executor_config: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """executor_config of its tasks on ECS: the task definition, which determines the role."""
    registered: bool = False
    """True for an entry in SSM, False for a line of projects.csv."""

    def __post_init__(self) -> None:
        """Raise ValueError with the invalid value and the remedy, on one line."""
        if not _NAME.fullmatch(self.name) or self.name in RESERVED:
            reserved = f"; {' and '.join(RESERVED)} are reserved"
            raise ValueError(f"{self.name!r} is not a project name: use lower-case letters, digits, hyphens{reserved}")
        if not _URL.fullmatch(self.url):
            url = _without_password(self.url)
            raise ValueError(f"{self.name}: {url!r} is not a repository URL: use https://… without a user, or ssh://…")
        if not _BRANCH.fullmatch(self.branch) or ".." in self.branch:
            raise ValueError(f"{self.name}: {self.branch!r} is not a branch: use a name such as main, or refs/tags/v1")
        if not _BRANCH.fullmatch(self.dags) or ".." in self.dags:
            raise ValueError(f"{self.name}: {self.dags!r} is not a folder of the repository: use a path such as dags")

    @property
    def prefix(self) -> str:
        """Required prefix of its DAG ids. Names have no underscore, so no prefix is the beginning of another prefix."""
        return f"{self.name}__"

    def uses(self, repository: str) -> bool:
        """Return True if this is its repository, as any form of the URL or as GitHub's `owner/name`."""
        own, other = _normalised(self.url), _normalised(repository)
        return own == other or ("/" in other and own.endswith(f"/{other}"))

    @classmethod
    def from_entry(cls, name: str, text: str, *, local: bool = False) -> Self:
        """Parse the SSM parameter `name`; raises ValueError. `local` allows a repository in a folder of this machine."""
        try:
            entry = json.loads(text)
            if entry["version"] != VERSION:
                raise ValueError(
                    f"has version {entry['version']}, and this image reads version {VERSION}: push an image of the release "
                    "with which the project's workflows were deployed"
                )
            repository = entry["repository"]
            where = repository["url"], repository["branch"], repository["dags"]
            private = repository.get("deploy_key") or "", tuple(repository.get("host_keys", ()))
            project = cls(entry["project"], *where, *private, dict(entry.get("executor_config", {})), True)
        except (TypeError, KeyError, json.JSONDecodeError) as error:
            raise ValueError(
                f"is not an entry of version 1 ({error!r}): deploy the project's workflows again"
            ) from error
        if project.name != name.rsplit("/", 1)[-1]:
            raise ValueError(
                f"contains the entry of another project, {project.name}: deploy that project's workflows again"
            )
        if project.url.startswith("file:") and not local:
            raise ValueError(f"{project.url} is a folder of this machine: set AIRFLOW_ON_AWS_LOCAL_REPOSITORIES=True")
        return project


def read_projects(environment: Mapping[str, str] = os.environ) -> tuple[list[Project], list[str]]:
    """Return all projects, and an error message for each entry that cannot be used.

    AIRFLOW_ON_AWS_REGISTRY is the path in SSM; AIRFLOW_ON_AWS_PROJECTS_CSV replaces <projects>/projects.csv. A line of
    projects.csv, which only admins can write, may name a folder of this machine; an entry in SSM may do so only if
    AIRFLOW_ON_AWS_LOCAL_REPOSITORIES is True.
    """
    table = Path(environment.get("AIRFLOW_ON_AWS_PROJECTS_CSV") or projects_folder() / "projects.csv")
    found: list[Project | str] = []
    if path := environment.get("AIRFLOW_ON_AWS_REGISTRY"):
        found += list(_from_registry(path, local=environment.get("AIRFLOW_ON_AWS_LOCAL_REPOSITORIES") == "True"))
    if table.exists():
        found += list(_from_csv(table))
    return _without_duplicates(found)


def is_filled(projects: Iterable[Project], environment: Mapping[str, str] = os.environ) -> bool:
    """Return False if there are no projects, or none in a configured registry: an empty registry is probably a mistake."""
    return any(project.registered or not environment.get("AIRFLOW_ON_AWS_REGISTRY") for project in projects)


def select_projects(projects: Iterable[Project], repository: str | None, name: str | None) -> list[Project]:
    """Return the projects with this repository, or else the project with this name."""
    return [project for project in projects if (project.uses(repository) if repository else project.name == name)]


def _from_registry(path: str, *, local: bool) -> Iterator[Project | str]:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        parameters = [parameter for page in pages for parameter in page["Parameters"]]
    except (BotoCoreError, ClientError) as error:
        yield f"the registry {path} cannot be read: {error}; check the task's role and region"
        return
    for parameter in parameters:
        name, text = parameter["Name"], parameter["Value"]
        yield _project_or_error(name, lambda name=name, text=text: Project.from_entry(name, text, local=local))


def _from_csv(table: Path) -> Iterator[Project | str]:
    """Parse each line separately, so that an unclosed quote affects no other line."""
    for number, line in enumerate(table.read_text(errors="replace").splitlines(), 1):
        if not line.strip() or line.startswith(("#", f"{COLUMNS[0]},")):
            continue
        yield _project_or_error(f"{table.name}, line {number}", lambda line=line: _parse_line(line))


def _parse_line(line: str) -> Project:
    try:
        (row,) = csv.reader([line], strict=True, skipinitialspace=True)
    except csv.Error as error:
        raise ValueError(f"is not valid CSV ({error}): write {','.join(COLUMNS)}") from error
    cells = [cell.strip() for cell in row]
    if not 3 <= len(cells) <= 4:
        raise ValueError(f"has {len(cells)} columns: write {','.join(COLUMNS)}; path may be left out")
    return Project(cells[0], cells[1], cells[2], (cells[3:] or [""])[0] or "dags")


def _project_or_error(where: str, make: Any) -> Project | str:
    try:
        project: Project = make()
    except ValueError as error:
        return f"{where}: {error}"
    else:
        return project


def _without_duplicates(found: Iterable[Project | str]) -> tuple[list[Project], list[str]]:
    projects: dict[str, Project] = {}
    errors = []
    for item in found:
        if isinstance(item, str):
            errors.append(item)
        elif item.name in projects:
            used = projects[item.name].url
            errors.append(f"{item.name}: is defined twice, {used} is used: delete the entry with {item.url}")
        else:
            projects[item.name] = item
    return list(projects.values()), errors


def _normalised(url: str) -> str:
    """Return ``github.com/example/weather`` for any form of the URL."""
    rest = url.split("://", 1)[-1].split("@", 1)[-1].replace(":", "/", 1 if "://" not in url else 0)
    return rest.lower().rstrip("/").removesuffix(".git")


def _without_password(url: str) -> str:
    """Hide user and password in a URL."""
    return re.sub(r"//[^@/]*@", "//…@", url)
