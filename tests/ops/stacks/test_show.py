from collections.abc import Mapping

from ops.stacks.show import _PLATFORM, _PROJECT
from tests.synthesised import Synthesised


def test_the_stacks_have_the_outputs_that_are_shown(stacks: Mapping[str, Synthesised]) -> None:
    project = ("local-weather-infrastructure", "local-weather-workflows")
    outputs = {name: stacks[name].document["output"].keys() for name in ("local-platform", *project)}
    assert _PLATFORM.keys() - outputs["local-platform"] == set()
    assert _PROJECT.keys() - outputs[project[0]] - outputs[project[1]] == set()
