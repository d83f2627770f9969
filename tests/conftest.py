from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import fast_synth

ROOT = Path(__file__).resolve().parent.parent

# Before anything imports the AWS bindings: the tests of the modules then start in two seconds instead of ten.
# FAST_SYNTH=off runs them with stock CDKTF.
fast_synth.enable(ROOT)

from configuration.environment import Environment
from configuration.load import load
from configuration.selection import Selection
from tests.synthesised import Synthesised, synthesise


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first: it mostly waits, and everything else fits beside it."""
    items.sort(key=lambda item: item.path.name != "test_deploy.py")


@pytest.fixture(scope="session", autouse=True)
def no_engine() -> Iterator[None]:
    """Control plane only, also on a machine with a container engine; tests/e2e wants one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///no-engine")
        yield


@pytest.fixture(scope="session", autouse=True)
def in_a_hurry() -> Iterator[None]:
    """Terraform and its provider, which are in Go, collect garbage less often: a seventh less work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOGC", "400")
        yield


@pytest.fixture(scope="session")
def environments() -> Mapping[str, Environment]:
    """The environments that are shipped, and last: one for a branch may come and go."""
    return {name: one for name, one in load(ROOT / "environments").items() if not one.platform.expires}


@pytest.fixture(scope="session")
def stacks(environments: Mapping[str, Environment]) -> Mapping[str, Synthesised]:
    """Every stack of every environment, synthesised once by each xdist worker (about a second: not worth a lock)."""
    from main import build

    return synthesise(lambda app: build(app, environments, Selection()))
