"""The desk of a made-up shop: named agents, one channel, a client signed in as Priya."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent, Channel, Team
from omnihub.messages import compile_all
from tests import paper
from tests.people import make_agent, make_channel

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> paper.Provider:
    """The test channels installed, and their provider empty and in a good mood."""
    settings.CHANNEL_ADAPTERS = ["tests.paper.PaperAdapter", "tests.paper.FastPaperAdapter"]
    paper.PROVIDER.__init__()  # type: ignore[misc]
    return paper.PROVIDER


@pytest.fixture
def team(db: None) -> Team:
    found, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    return found


@pytest.fixture
def warranty(db: None) -> Team:
    return Team.objects.create(name="Warranty")


@pytest.fixture
def legal(db: None) -> Team:
    return Team.objects.create(name="Legal", is_restricted=True)


@pytest.fixture
def priya(team: Team) -> Agent:
    return make_agent("Priya Nair")


@pytest.fixture
def marco(warranty: Team) -> Agent:
    return make_agent("Marco Reyes", warranty)


@pytest.fixture
def support(team: Team) -> Channel:
    return make_channel(team)


@pytest.fixture
def desk(client: Client, priya: Agent) -> Client:
    """Priya's browser."""
    client.force_login(priya)
    return client


@pytest.fixture
def htmx() -> dict[str, Any]:
    return {"headers": HTMX}


@pytest.fixture(scope="session", autouse=True)
def _translations() -> None:
    """A fresh checkout has the catalogues as text only."""
    compile_all()
