from collections.abc import Mapping
from functools import partial

from cdktf import App, TerraformStack

from configuration.environment import Environment
from configuration.requested_stacks import RequestedStacks
from configuration.stacks import add_stacks
from tests.synthesised import Synthesised, synthesise


def test_a_stack_is_the_same_whichever_stacks_are_requested(
    environments: Mapping[str, Environment], stacks: Mapping[str, Synthesised]
) -> None:
    for name in ("local-weather-workflows", "dev-platform", "backend-000000000000-us-east-1"):
        alone = synthesise(partial(add_stacks, environments=environments, requested=RequestedStacks([name])))
        assert {name: stack.document for name, stack in alone.items()} == {name: stacks[name].document}


def test_a_stack_depends_on_its_base(environments: Mapping[str, Environment]) -> None:
    app = App()
    add_stacks(app, environments, RequestedStacks(["dev-platform", "dev-weather-*"]))
    added = {one.node.id: one for one in app.node.children if isinstance(one, TerraformStack)}
    bases = {name: [other.node.id for other in stack.dependencies] for name, stack in added.items()}
    assert bases == {
        "dev-platform": [],
        "dev-weather-infrastructure": ["dev-platform"],
        "dev-weather-workflows": ["dev-weather-infrastructure"],
    }
