from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_aws import engine as local_engine
from tests.chromium import browser as browser
from tests.e2e import engine as engines
from tests.e2e import images
from tests.programs import missing


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Function that prints a line of progress during a test."""
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(text)

    return line


@pytest.fixture(scope="session", autouse=True)
def no_engine() -> None:
    """Override the fixture that hides the container engine: these tests use it."""


@pytest.fixture(scope="session")
def engine(say: Callable[[str], None]) -> Iterator[Any]:
    """Client of a container engine, which the emulators of the tests also use."""
    patch = pytest.MonkeyPatch()
    try:
        with engines.running(say) as host:
            patch.setenv("DOCKER_HOST", host)
            client = local_engine.connect(host)
            yield client
            client.close()
    except engines.NoEngineError as error:
        missing(str(error))
    finally:
        patch.undo()


@pytest.fixture(scope="session")
def image(engine: Any, say: Callable[[str], None]) -> Callable[[str], str]:
    """Function that makes an image available, by its tag."""
    return lambda tag: images.provide(engine, tag, say)
