"""A browser, as `pytest_plugins` takes it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--ignore-certificate-errors"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, which believes every certificate."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        told = "there is no Chromium: on Debian `apt-get install chromium`"
        pytest.fail(told) if os.environ.get("CI") == "true" else pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()
