"""Fixtures for every test."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import uvicorn
from django.db import connections
from django.utils import translation
from pytest_django import Settings

from omnihub.launcher.web import SOCKETS
from omnihub.messages import compile_all
from tests.plugins.absent import chromium

LONGEST = 1800
"""Seconds of one of the longer proofs."""


LONG = (
    "security/test_matrix", "security/test_api_matrix", "inbox/test_acceptance",
    "inbox/test_browser", "inbox/test_live_browser", "launcher/", "faults/",
    "channels_video/test_judges", "journeys/", "admin/test_looks", "api/test_schemathesis",
    "security/test_hostile",
)  # fmt: skip
"""Files that begin first: no worker is left alone with one of them at the end."""


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` looks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a sampled test all cases but every n-th are slow, and what proves something at length may
    take its time."""
    items.sort(key=lambda item: not item.nodeid.removeprefix("tests/").startswith(LONG))
    seen: Counter[str] = Counter()
    for item in items:
        sample = item.get_closest_marker("sample")
        if sample:
            place = seen[item.nodeid.partition("[")[0]]
            seen.update([item.nodeid.partition("[")[0]])
            if place % sample.args[0]:
                item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def addresses() -> None:
    """Read once with the real channels: a test that swaps them must not fix the others' urls and
    sockets."""
    import_module("omnihub.urls")
    import_module("omnihub.asgi")


@pytest.fixture(scope="session", autouse=True)
def translations() -> None:
    """Compiled before anybody reads them, as `./hub up` does."""
    compile_all()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page that was asked for in Spanish leaves its language with the thread that asked."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def fast_passwords(settings: Settings) -> None:
    """Hashing that is slow on purpose would be half the time of the suite."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def calendars_anew() -> None:
    """What a process keeps of the calendars would outlive the test that made them."""
    import_module("clocks.hours").every_team.cache_clear()


@pytest.fixture(autouse=True)
def no_name_servers(settings: Settings) -> None:
    """Tests that look names up bring their own records."""
    settings.OMNIHUB_DNS = ["off"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright with the distribution's Chromium."""
    return {**browser_type_launch_args, "executable_path": chromium()}


@pytest.fixture
def live(transactional_db: None) -> Iterator[str]:
    """The whole ASGI application on a port of its own; its address without a slash at the end."""
    from omnihub.asgi import application

    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        log_config=None,
        lifespan="off",
        **SOCKETS,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)
    connections.close_all()
