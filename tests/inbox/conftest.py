"""The desk of a made-up shop: named agents, one channel, a client signed in as Priya."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Channel, Team
from tests import paper
from tests.cast import legal, marco, paper_provider, priya, team, warranty
from tests.people import make_channel

__all__ = ["legal", "marco", "paper_provider", "priya", "team", "warranty"]

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def provider(paper_provider: paper.Provider) -> paper.Provider:
    return paper_provider


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker takes over what a busy machine is slow at: agents wait for it."""
    monkeypatch.setattr("inbox.views.bulk.AT_ONCE", 60.0)


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
