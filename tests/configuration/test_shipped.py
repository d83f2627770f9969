"""The environments of this repository."""

from collections.abc import Mapping

from configuration.environment import Environment, backends


def test_there_are_three_environments_each_with_the_example_project(environments: Mapping[str, Environment]) -> None:
    assert {name: list(one.projects) for name, one in environments.items()} == {
        "dev": ["weather"],
        "local": ["weather"],
        "prod": ["weather"],
    }


def test_only_prod_is_protected(environments: Mapping[str, Environment]) -> None:
    protected = {name for name, one in environments.items() if one.platform.protected}
    assert protected == {name for name, one in environments.items() if one.projects["weather"].protected} == {"prod"}


def test_only_local_deploys_to_the_emulator(environments: Mapping[str, Environment]) -> None:
    assert {name for name, one in environments.items() if one.platform.local_aws} == {"local"}


def test_each_has_another_account(environments: Mapping[str, Environment]) -> None:
    assert len(backends(environments)) == len(environments) == 3


def test_stacks_are_listed_after_the_stacks_that_they_depend_on(
    environments: Mapping[str, Environment],
) -> None:
    assert [id.name for id in environments["dev"].stack_ids()] == [
        "dev-platform",
        "dev-weather-infrastructure",
        "dev-weather-workflows",
    ]
