"""One Airflow cluster and its projects, and the stacks that they are."""

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
    """Function that makes a stack, and the configuration that it makes it from."""

    make: Callable[[App], Stack]
    configs: tuple[Config, ...]
    names: tuple[str, ...] = ()
    """Names of other stacks that it grants access to."""

    @property
    def inputs(self) -> list[str]:
        """Everything that the stack depends on, except the source code, as text to compare."""
        return [*(config.model_dump_json() for config in self.configs), *self.names]


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
        """First part of the environment's physical names."""
        return f"{PREFIX}-{self.name}"

    @property
    def platform_id(self) -> StackId:
        """The stack of the platform."""
        return StackId(self.name, "platform")

    def stacks(self) -> dict[StackId, Recipe]:
        """Return the stacks of the platform and of the projects that were read, each with its recipe."""
        account = self.platform
        made = {self.platform_id: Recipe(lambda app: Platform(app, self.platform_id, account), (account,))}
        # A project's stacks get only the account of the platform, not its configuration.
        place = AccountConfig.of(account)
        for name, project in self.projects.items():
            for id, kind in zip(project_ids(self.name, name), (Infrastructure, Workflows), strict=True):
                make = partial(kind, id=id, config=project, account=place)
                made[id] = Recipe(make, (project, place))
        return made

    def stack_ids(self) -> list[StackId]:
        """Every stack of the environment, in the order in which they build on one another."""
        return [self.platform_id, *(id for name in self.project_names for id in project_ids(self.name, name))]


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


def project_ids(environment: str, project: str) -> list[StackId]:
    """The stacks of a project, in the order in which they build on one another."""
    return [StackId(environment, kind.__name__.lower(), project) for kind in (Infrastructure, Workflows)]
