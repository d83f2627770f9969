"""Browser fixture, for `pytest_plugins`."""

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
    """Chromium that accepts every certificate."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        missing("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


def undisturbed(page: Page, steps: Callable[[], object]) -> None:
    """Run the steps, which begin with a `goto`; run them again if Chromium aborted a request with ERR_NETWORK_CHANGED.

    Chromium aborts all requests when a container of any test starts or stops; a person would reload the page. Other
    errors are raised.
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
