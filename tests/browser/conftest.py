"""The machine's own Chromium. Without one these tests skip on a person's machine and fail in CI."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    missing = "No Chromium on this machine: browser tests need one (Debian: apt install chromium fonts-noto-cjk)."
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium: str) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": chromium, "args": ARGUMENTS}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever lies in this folder, so that no browser test runs among the quick ones."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
