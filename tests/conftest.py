"""Fixtures for every test."""

import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import uvicorn
from django.db import connections
from pytest_django import Settings

from omnihub.launcher.web import SOCKETS
from omnihub.messages import compile_all
from tests.plugins.absent import chromium

LONGEST = 1800
"""Seconds of one of the longer proofs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What proves something at length may take its time."""
    for item in items:
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
