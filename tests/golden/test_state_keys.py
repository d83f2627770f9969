from collections.abc import Mapping

import pytest

from configuration.environment import Environment
from tests.golden import state_keys
from tests.synthesised import Synthesised


def test_the_keys_are_the_recorded_ones(environments: Mapping[str, Environment]) -> None:
    assert state_keys.now(environments) == state_keys.written_down(), state_keys.__doc__


def test_terraform_gets_the_recorded_keys(stacks: Mapping[str, Synthesised]) -> None:
    places = {name: {"bucket": stack.state["bucket"], "key": stack.state["key"]} for name, stack in stacks.items()}
    assert places == state_keys.written_down()


def test_no_two_stacks_share_a_state() -> None:
    places = [(place["bucket"], place["key"]) for place in state_keys.written_down().values()]
    assert len(set(places)) == len(places)


def test_each_bucket_holds_the_state_of_the_backend_that_created_it() -> None:
    places = state_keys.written_down()
    backends = {place["bucket"] for name, place in places.items() if name.startswith("backend-")}
    assert backends == {place["bucket"] for place in places.values()}
    keys = {place["key"] for name, place in places.items() if name.startswith("backend-")}
    assert keys == {"backend.tfstate"}


@pytest.mark.parametrize("change", [{"key": "other.tfstate"}, {"bucket": "other"}])
def test_a_changed_key_is_noticed(change: dict[str, str], environments: Mapping[str, Environment]) -> None:
    moved = state_keys.now(environments)
    moved["prod-platform"] = moved["prod-platform"] | change
    assert moved != state_keys.written_down()
