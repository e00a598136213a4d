"""A chat on the shop's site, and its frame in a browser."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from redis import Redis

from channels_chat.models import ChatSettings
from conversations.models import Agent, Channel, Team
from tests.cast import priya, team

__all__ = ["priya", "team"]

SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def _counts_anew(settings: Settings) -> None:
    """What others did in this minute, from the same address, is not a test's own."""
    valkey = Redis.from_url(settings.REDIS_URL)
    for key in valkey.scan_iter("omnihub:chat:*"):
        valkey.delete(key)
    valkey.close()


@pytest.fixture(autouse=True)
def _teams_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds for a few seconds would outlive what a test changes."""
    monkeypatch.setattr("channels_chat.desk.TEAM_FOR", 0.0)


@pytest.fixture
def chat(team: Team) -> ChatSettings:
    channel = Channel.objects.create(kind="chat", name="shop", label="Shop chat", team=team)
    return ChatSettings.objects.create(channel=channel, name="Kalma", sites=[SHOP])


@pytest.fixture
def frame(browser: Browser, live: str, chat: ChatSettings) -> Iterator[Page]:
    """A page of its own, on a phone; `?site=` is ours, as for the admin's preview."""
    context = browser.new_context(
        base_url=f"{live}/w/{chat.key}/", viewport={"width": 390, "height": 844}
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def desk(browser: Browser, live: str, client: Client, priya: Agent) -> Iterator[Page]:
    """An agent's page, signed in, on no page yet."""
    client.force_login(priya)
    session = client.cookies["sessionid"].value
    context = browser.new_context(base_url=live)
    context.add_cookies([{"name": "sessionid", "value": session, "url": live}])
    yield context.new_page()
    context.close()
