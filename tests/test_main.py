from collections.abc import Mapping
from functools import partial

from configuration import Environment
from main import build
from tests.synthesised import Synthesised, synthesise


def test_a_stack_is_the_same_whatever_else_is_synthesised(
    environments: Mapping[str, Environment], stacks: Mapping[str, Synthesised]
) -> None:
    for name in ("local-weather-workflows", "dev-platform", "backend-000000000000-us-east-1"):
        alone = synthesise(partial(build, environments=environments, wanted={name}))
        assert {name: stack.document for name, stack in alone.items()} == {name: stacks[name].document}


def test_a_stack_waits_for_what_it_builds_on() -> None:
    from cdktf import App, TerraformStack

    from configuration import load
    from tests.checkout import ROOT

    app = App()
    build(app, load(ROOT / "environments"), {"dev-platform", "dev-weather-infrastructure", "dev-weather-workflows"})
    made = {one.node.id: one for one in app.node.children if isinstance(one, TerraformStack)}
    bases = {name: [other.node.id for other in stack.dependencies] for name, stack in made.items()}
    assert bases == {
        "dev-platform": [],
        "dev-weather-infrastructure": ["dev-platform"],
        "dev-weather-workflows": ["dev-weather-infrastructure"],
    }
