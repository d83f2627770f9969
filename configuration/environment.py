"""An Airflow environment with its projects, and the stacks that deploy them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cdktf import App

from modules.account import PREFIX, AccountConfig
from modules.config import Config
from modules.infrastructure.infrastructure import Infrastructure
from modules.platform.config import PlatformConfig
from modules.platform.platform import Platform
from modules.project import ProjectConfig
from modules.stack import Stack
from modules.stack_id import StackId
from modules.workflows.workflows import Workflows


@dataclass(frozen=True)
class Recipe:
    """Constructor of a stack, and its inputs apart from its id."""

    make: Callable[[App], Stack]
    configs: tuple[Config, ...]
    names: tuple[str, ...] = ()
    """Names of other stacks that the stack grants access to."""

    @property
    def inputs(self) -> list[str]:
        """Return everything that the stack depends on, except the source code, as text to compare."""
        return [*(config.model_dump_json() for config in self.configs), *self.names]


@dataclass(frozen=True)
class Environment:
    """One Airflow cluster and its projects."""

    name: str
    platform: PlatformConfig
    project_names: Sequence[str]
    projects: Mapping[str, ProjectConfig]
    """Configuration by project name, of the projects that load() had to read."""

    @property
    def prefix(self) -> str:
        """First part of the environment's physical names."""
        return f"{PREFIX}-{self.name}"

    @property
    def platform_id(self) -> StackId:
        """Id of the platform's stack."""
        return StackId(self.name, "platform")

    def stacks(self) -> dict[StackId, Recipe]:
        """Return the recipe of each stack: the platform's, and two for each project that was read."""
        account = self.platform
        made = {self.platform_id: Recipe(lambda app: Platform(app, self.platform_id, account), (account,))}
        # A project's stacks receive only the location of the platform, not its configuration.
        place = AccountConfig.of(account)
        for name, project in self.projects.items():
            for id, kind in zip(project_ids(self.name, name), (Infrastructure, Workflows), strict=True):
                make = partial(kind, id=id, config=project, account=place)
                made[id] = Recipe(make, (project, place))
        return made

    def stack_ids(self) -> list[StackId]:
        """Return the id of every stack of the environment, bases first."""
        return [self.platform_id, *(id for name in self.project_names for id in project_ids(self.name, name))]


def backends(environments: Mapping[str, Environment]) -> list[tuple[AccountConfig, list[StackId]]]:
    """Return each account and region once, with the stacks of all projects there.

    The tags come from a permanent environment if the account has one, so that the tags of a backend do not change when a
    temporary environment is added or removed.
    """
    found: dict[tuple[str, str], tuple[AccountConfig, list[StackId]]] = {}
    for environment in sorted(environments.values(), key=lambda one: one.platform.expires is not None):
        account = environment.platform
        _, projects = found.setdefault(account.location, (account, []))
        projects += [id for id in environment.stack_ids() if id.project]
    return list(found.values())


def project_ids(environment: str, project: str) -> list[StackId]:
    """Return the ids of a project's stacks, bases first."""
    return [StackId(environment, kind.__name__.lower(), project) for kind in (Infrastructure, Workflows)]
