"""Load every environment, and check that they do not conflict."""

from collections.abc import Callable, Container, Iterable
from functools import partial
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from configuration.clashes import clashes, overlaps
from configuration.environment import Environment, project_ids
from configuration.image import IMAGE_FILE, with_recorded_image
from configuration.problems import ConfigError, Problem
from configuration.requested_stacks import RequestedStacks
from configuration.tfvars import read
from configuration.values import Values
from modules.account import PREFIX
from modules.names import refusal
from modules.platform.config import PlatformConfig
from modules.platform.names import PlatformNames
from modules.project import ProjectConfig, ProjectNames

PLATFORM_FILE = "platform.tfvars"
EVERY_STACK = RequestedStacks()


def load(root: Path, wanted: Container[str] = EVERY_STACK, *, outdated_images: bool = False) -> dict[str, Environment]:
    """Return the environments below ``root``, by name, with the projects that have a stack in ``wanted``.

    Every platform is read, and the names of all projects are compared, so that clashes are found for any selection. A
    project's file is read only if the project is wanted: there may be a thousand. With ``outdated_images``, a recorded
    image may be for another Airflow version than its platform, which `ops image push` needs to replace it. Raises
    ConfigError with all problems of the files that were read.
    """
    if not root.is_dir():
        raise ConfigError(Problem(root, "is not a folder; create it, with a folder for each environment"))
    problems: list[Problem] = []
    environments: dict[str, Environment] = {}
    sources: dict[str, Values] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))):
        try:
            environments[folder.name], sources[folder.name] = _load_one(folder, wanted, outdated_images)
        except ConfigError as error:
            problems += error.problems
    problems += overlaps(environments.values(), sources)
    problems += clashes(environments.values(), sources)
    if problems:
        raise ConfigError(*problems)
    return environments


def _load_one(folder: Path, wanted: Container[str], outdated_images: bool) -> tuple[Environment, Values]:
    problems = [*name_problems(folder, folder.name, "an environment")]
    named = not problems
    problems += _unread(folder)
    project_files = _visible(folder / "projects")
    platform_file = folder / PLATFORM_FILE
    if not platform_file.is_file():
        what = (
            f"project {project_files[0].stem} is in an environment that has no platform"
            if project_files
            else "is missing"
        )
        raise ConfigError(
            *problems, Problem(platform_file, f"{what}; write this file, or delete the folder {folder.name}")
        )
    platform: PlatformConfig | None = None
    source = Values(platform_file, {}, {})
    try:
        platform, source = read(platform_file, PlatformConfig)
        platform = with_recorded_image(folder, platform, source, outdated=outdated_images)
        if named:
            problems += _too_long(
                platform_file, partial(PlatformNames.of, f"{PREFIX}-{folder.name}", platform.account_id)
            )
    except ConfigError as error:
        problems += error.problems
    projects: dict[str, ProjectConfig] = {}
    names: list[str] = []
    for file in project_files:
        if file.suffix != ".tfvars":
            problems.append(Problem(file, "is not a tfvars file; name it <project>.tfvars, or move it away"))
            continue
        wrong = [*name_problems(file, file.stem, "a project")]
        problems += wrong
        names.append(file.stem)
        if not any(id.name in wanted for id in project_ids(folder.name, file.stem)):
            continue
        try:
            projects[file.stem], _ = read(file, ProjectConfig)
        except ConfigError as error:
            problems += error.problems
            continue
        if platform and named and not wrong:
            problems += _too_long(file, partial(ProjectNames.of, folder.name, file.stem, platform.account_id))
    if problems or platform is None:
        raise ConfigError(*problems)
    return Environment(folder.name, platform, tuple(names), MappingProxyType(projects)), source


def _visible(folder: Path) -> list[Path]:
    """Return the files and folders in a folder, without hidden ones; an empty list if the folder does not exist."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _unread(folder: Path) -> Iterable[Problem]:
    """Yield a problem for each file that would be ignored: a misspelled name must not hide a project."""
    for path in _visible(folder):
        if path.name == "projects" and not path.is_dir():
            yield Problem(path, "is not a folder; projects are files in a folder of that name")
        elif path.name not in {PLATFORM_FILE, IMAGE_FILE, "projects"} and (path.is_dir() or ".tfvars" in path.name):
            known = f"{PLATFORM_FILE}, {IMAGE_FILE} and projects/*.tfvars"
            yield Problem(path, f"is not read: only {known} are; rename it, or move it away")


def name_problems(path: Path, name: str, kind: str) -> Iterable[Problem]:
    """Yield a problem if ``name`` is not valid for ``kind``, such as "a project"."""
    if refused := refusal(name, kind):
        yield Problem(path, refused)


def _too_long(file: Path, names: Callable[[], object]) -> list[Problem]:
    try:
        names()
    except ValidationError as error:
        return [Problem(file, str(detail["ctx"]["error"])) for detail in error.errors(include_url=False)]
    return []
