"""What is made once for the tests of the whole: a run that has reached its goal, and a browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from hamlet.snapshots.services import BROWSERS
from tests.system.support import config, hamlet


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of 60 episodes in the tiny town; leave it as it is."""
    directory = tmp_path_factory.mktemp("finished")
    ended = hamlet("train", "--data", directory / "data", "--config", config(directory))
    assert ended.returncode == 0, ended.stderr
    return directory / "data"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own. Without one the test is skipped, but not in CI."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except Error as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no Chromium (apt install chromium, or playwright install chromium): {error}")
        yield chromium
        chromium.close()
