"""Tests that drive a browser come last, and alone may touch the database beside a running loop.

Playwright's synchronous interface leaves an event loop running in the tests' thread until the end
of the session. Django then refuses the database there, and a forked child cannot use it at all.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
# a state is waited for until it is there; how long that takes on a busy machine proves nothing
expect.set_options(timeout=20_000)


LATE: set[Path] = set()
"""Files with a test that drives one: what else is in them may come after it, beside its loop."""


def _drives(item: pytest.Item) -> bool:
    return "playwright" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole files, since workers are given whole files."""
    LATE.update(item.path for item in items if _drives(item))
    items.sort(key=lambda item: item.path in LATE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.path in LATE:
        os.environ[UNSAFE] = "true"


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    os.environ.pop(UNSAFE, None)
