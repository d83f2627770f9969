"""A browser, as `pytest_plugins` takes it."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Request, sync_playwright

from tests.programs import missing

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--ignore-certificate-errors"]
NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED"
TRIES = 5


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which believes every certificate."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


def undisturbed(page: Page, steps: Callable[[], object]) -> None:
    """Takes the steps, which begin with a `goto`; from there again if Chromium gave up a request for a change of network.

    It does that with all it is asking for when a container, of whichever test, comes or goes; a person would load the
    page again. Whatever else fails, fails.
    """
    given_up: list[str] = []

    def note(request: Request) -> None:
        if request.failure == NETWORK_CHANGED:
            given_up.append(request.url)

    page.on("requestfailed", note)
    try:
        for left in reversed(range(TRIES)):
            given_up.clear()
            try:
                steps()
            except (AssertionError, Error) as error:
                if not left or not (given_up or NETWORK_CHANGED in str(error)):
                    raise
            else:
                return
    finally:
        page.remove_listener("requestfailed", note)
