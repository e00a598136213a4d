"""A customer's browser before the portal of a made-up shop."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Channel, Customer, Identity, Team
from portal import codes
from portal.models import Knock
from tests import paper
from tests.cast import legal, marco, paper_provider, priya, team, warranty
from tests.people import make_channel

__all__ = ["legal", "marco", "paper_provider", "priya", "team", "warranty"]

DANA, EVE = "dana@hey.example", "eve@out.example"


@pytest.fixture(autouse=True)
def provider(paper_provider: paper.Provider, settings: Settings) -> paper.Provider:
    settings.CHANNEL_ADAPTERS = [
        *settings.CHANNEL_ADAPTERS,
        "tests.paper.AskingPaperAdapter",
        "portal.adapter.PortalAdapter",
    ]
    return paper_provider


@pytest.fixture
def support(team: Team) -> Channel:
    return make_channel(team)


class Door:
    """A browser of a customer's, and what comes to their address."""

    def __init__(self) -> None:
        self.browser = Client()

    def knock(self, address: str) -> str:
        """Where the code is asked for; what is sent is sent."""
        answered = self.browser.post("/p/", {"address": address})
        assert answered.status_code == 302, answered.content.decode()
        codes.sweep()
        return str(answered.headers["Location"])

    def code(self) -> str:
        """The last one that was sent."""
        found = re.search(r"\d{6}", paper.PROVIDER.accepted[-1].text)
        assert found
        return found.group()

    def sign_in(self, address: str) -> Client:
        where = self.knock(address)
        answered = self.browser.post(where, {"code": self.code()})
        assert answered.status_code == 302, answered.content.decode()
        Knock.objects.all().delete()
        return self.browser

    def read(self, path: str = "/p/") -> str:
        return str(self.browser.get(path).content.decode())

    def say(self, text: str = "Hi", **fields: Any) -> Any:
        return self.browser.post("/p/say", {"text": text, **fields})


@pytest.fixture
def door() -> Door:
    return Door()


def identity(address: str = DANA) -> Identity:
    return Identity.objects.get(kind="email", value=address)


def person(address: str = DANA) -> Customer:
    customer = identity(address).customer
    assert customer is not None
    return customer
