from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from configuration.environment import Environment
from configuration.load import load
from configuration.requested_stacks import RequestedStacks
from configuration.stacks import add_stacks
from tests.synthesised import Synthesised, synthesise

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest file first: it mostly waits, so the other files fit into its time."""
    items.sort(key=lambda item: item.path.name != "test_deploy.py")


@pytest.fixture(scope="session", autouse=True)
def no_engine() -> Iterator[None]:
    """Hide the container engine, so that tests deploy the control plane only. tests/e2e overrides this."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", "unix:///no-engine")
        yield


@pytest.fixture(scope="session", autouse=True)
def in_a_hurry() -> Iterator[None]:
    """Make Terraform and its provider, which are in Go, collect garbage less often: a seventh less work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOGC", "400")
        yield


@pytest.fixture(scope="session")
def environments() -> Mapping[str, Environment]:
    """Shipped environments, without branch environments, which have a last day."""
    return {name: one for name, one in load(ROOT / "environments").items() if not one.platform.expires}


@pytest.fixture(scope="session")
def stacks(environments: Mapping[str, Environment]) -> Mapping[str, Synthesised]:
    """Every stack of every environment, synthesised once per xdist worker (about a second, so not worth a lock)."""
    return synthesise(lambda app: add_stacks(app, environments, RequestedStacks()))
