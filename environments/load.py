"""Reads every environment, and holds them against one another."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from cdktf import App
from pydantic import ValidationError

from environments.image import IMAGE_FILE, with_recorded_image
from environments.problems import ConfigError, Problem
from environments.selection import Selection
from environments.tfvars import read
from environments.values import Values
from modules.config import Config
from modules.infrastructure.infrastructure import Infrastructure
from modules.names import refusal
from modules.platform.config import PlatformConfig
from modules.platform.names import PlatformNames
from modules.platform.platform import Platform
from modules.project import ProjectConfig, ProjectNames
from modules.stack import PREFIX, AccountConfig, Stack, StackId
from modules.workflows.workflows import Workflows

PLATFORM_FILE = "platform.tfvars"
EVERY_STACK = Selection()


@dataclass(frozen=True)
class Recipe:
    """How a stack is made, and all that it is made of besides its id."""

    make: Callable[[App], Stack]
    configs: tuple[Config, ...]

    @property
    def values(self) -> list[str]:
        """The configuration in full, to compare."""
        return [config.model_dump_json() for config in self.configs]


@dataclass(frozen=True)
class Environment:
    """One Airflow cluster and its projects, by name."""

    name: str
    platform: PlatformConfig
    project_names: Sequence[str]
    projects: Mapping[str, ProjectConfig]
    """Those that were read: see load()."""

    @property
    def prefix(self) -> str:
        """What the environment's physical names begin with."""
        return f"{PREFIX}-{self.name}"

    @property
    def platform_id(self) -> StackId:
        """The stack of the platform."""
        return StackId(self.name, "platform")

    def stacks(self) -> dict[StackId, Recipe]:
        """The platform's stack and those of the projects that were read, and how each is made."""
        account = self.platform
        made = {self.platform_id: Recipe(lambda app: Platform(app, self.platform_id, account), (account,))}
        # A project's stacks are told nothing of the platform but where it is.
        place = AccountConfig.of(account)
        for name, project in self.projects.items():
            for id, kind in zip(_project_ids(self.name, name), (Infrastructure, Workflows), strict=True):
                make = partial(kind, id=id, config=project, account=place)
                made[id] = Recipe(make, (project, place))
        return made

    def stack_ids(self) -> list[StackId]:
        """Every stack of the environment, in the order in which they build on one another."""
        return [self.platform_id, *(id for name in self.project_names for id in _project_ids(self.name, name))]


def load(root: Path, wanted: Container[str] = EVERY_STACK) -> dict[str, Environment]:
    """The environments below ``root``, by name, with the projects that have a stack in ``wanted``.

    Every platform is read, and every project's name is held against the others, so that clashes are found whatever is
    wanted; of a thousand projects' files only the wanted ones are opened. Raises ConfigError with everything that is
    wrong in what is read.
    """
    if not root.is_dir():
        raise ConfigError(Problem(root, "is not a folder; make one, with a folder for each environment"))
    problems: list[Problem] = []
    environments: dict[str, Environment] = {}
    sources: dict[str, Values] = {}
    for folder in sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(("_", "."))):
        try:
            environments[folder.name], sources[folder.name] = _load_one(folder, wanted)
        except ConfigError as error:
            problems += error.problems
    problems += _overlaps(environments.values(), sources)
    problems += _clashes(environments.values(), sources)
    if problems:
        raise ConfigError(*problems)
    return environments


def backends(environments: Mapping[str, Environment]) -> list[tuple[AccountConfig, list[StackId]]]:
    """Each account and region once, with the stacks of the projects there.

    As an environment has it that lasts, where there is one: what a backend is tagged with does not come and go with a branch.
    """
    found: dict[tuple[str, str], tuple[AccountConfig, list[StackId]]] = {}
    for environment in sorted(environments.values(), key=lambda one: one.platform.expires is not None):
        account = environment.platform
        _, projects = found.setdefault((account.account_id, account.region), (account, []))
        projects += [id for id in environment.stack_ids() if id.project]
    return list(found.values())


def _project_ids(environment: str, project: str) -> list[StackId]:
    return [StackId(environment, kind.__name__.lower(), project) for kind in (Infrastructure, Workflows)]


def _load_one(folder: Path, wanted: Container[str]) -> tuple[Environment, Values]:
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
        platform = with_recorded_image(folder, platform, source)
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
        if not any(id.name in wanted for id in _project_ids(folder.name, file.stem)):
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
    """What is in the folder, without what editors and git leave there; nothing where there is no folder."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _unread(folder: Path) -> Iterable[Problem]:
    """A misspelled name must not make a project vanish."""
    for path in _visible(folder):
        if path.name == "projects" and not path.is_dir():
            yield Problem(path, "is not a folder; projects are files in a folder of that name")
        elif path.name not in {PLATFORM_FILE, IMAGE_FILE, "projects"} and (path.is_dir() or ".tfvars" in path.name):
            known = f"{PLATFORM_FILE}, {IMAGE_FILE} and projects/*.tfvars"
            yield Problem(path, f"is read by nobody: only {known} are; rename it, or move it away")


def name_problems(path: Path, name: str, kind: str) -> Iterable[Problem]:
    """Why nothing of that kind may be called so."""
    if refused := refusal(name, kind):
        yield Problem(path, refused)


def _too_long(file: Path, names: Callable[[], object]) -> list[Problem]:
    try:
        names()
    except ValidationError as error:
        return [Problem(file, str(detail["ctx"]["error"])) for detail in error.errors(include_url=False)]
    return []


def _overlaps(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """VPCs of one account and region may not overlap: they could never be connected."""
    seen: list[Environment] = []
    for environment in environments:
        own = environment.platform.network
        for other in seen:
            theirs = other.platform.network
            same = (environment.platform.account_id, environment.platform.region) == (
                other.platform.account_id,
                other.platform.region,
            )
            shared = own.existing_vpc and theirs.existing_vpc and own.existing_vpc.vpc_id == theirs.existing_vpc.vpc_id
            if same and not shared and own.cidr.overlaps(theirs.cidr):
                path = ("network", "vpc" if own.vpc else "existing_vpc", "cidr")
                message = f"overlaps {theirs.cidr} of environment {other.name}, in the same account and region; choose another range"
                yield sources[environment.name].problem(path, message)
        seen.append(environment)


def _clashes(environments: Iterable[Environment], sources: Mapping[str, Values]) -> Iterable[Problem]:
    """``a-b`` + ``c`` and ``a`` + ``b-c`` would be one stack, and one would destroy the other's resources.

    Environment ``a-b`` and project ``b`` of ``a`` would both name what they have ``airflow-a-b-…``, such as their tasks' role.
    """
    seen: dict[str, StackId] = {}
    prefixes = {(environment.prefix, environment.platform.account_id): environment.name for environment in environments}
    for environment in environments:
        for id in environment.stack_ids():
            file = sources[environment.name].file.parent / "projects" / f"{id.project}.tfvars"
            other = seen.setdefault(id.name, id)
            if other != id:
                message = (
                    f"stack {id.name} would be that of {other.environment} / {other.project} too; rename the project"
                )
                yield Problem(file, message)
            namesake = prefixes.get((id.prefix, environment.platform.account_id))
            if id.module == "workflows" and namesake:
                message = f"its names in AWS begin with {id.prefix}, as those of environment {namesake} in the same account do"
                yield Problem(file, f"{message}; rename the project")
