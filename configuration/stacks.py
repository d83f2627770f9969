"""Add stacks to a CDKTF app."""

from collections.abc import Iterator, Mapping
from functools import partial

from cdktf import App

from backend.stack import StateBackend
from backend.stack_id import BackendId
from configuration.environment import Environment, Recipe, backends
from configuration.requested_stacks import RequestedStacks
from modules.stack import Stack
from modules.stack_id import StackId


def add_stacks(app: App, environments: Mapping[str, Environment], requested: RequestedStacks) -> None:
    """Add the stacks that this process has to build, each with a dependency on its base if that is built too."""
    built: dict[StackId, Stack] = {}
    for id, recipe in _recipes(environments):
        if requested.must_build(id.name, recipe.inputs, id.base.name if id.base else None):
            built[id] = recipe.make(app)
            if id.base in built:
                built[id].add_dependency(built[id.base])


def _recipes(environments: Mapping[str, Environment]) -> Iterator[tuple[StackId, Recipe]]:
    """Yield every stack whose configuration was loaded, bases first."""
    for environment in environments.values():
        yield from environment.stacks().items()
    for account, projects in backends(environments):
        make = partial(StateBackend, account=account, projects=projects)
        yield BackendId.of(account), Recipe(make, (account,), tuple(id.name for id in projects))
