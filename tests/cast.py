"""Who and what most tests are about: named teams and agents, and the channel of the core's tests.

Imported by the conftest of each room, so that the same name means the same person everywhere.
"""

import pytest
from pytest_django import Settings

from conversations.models import Agent, Team
from tests import paper
from tests.people import make_agent


@pytest.fixture
def team(db: None) -> Team:
    """The default team, which migrations made."""
    return Team.objects.get(is_default=True)


@pytest.fixture
def warranty(db: None) -> Team:
    return Team.objects.create(name="Warranty")


@pytest.fixture
def legal(db: None) -> Team:
    return Team.objects.create(name="Legal", is_restricted=True)


@pytest.fixture
def priya(team: Team) -> Agent:
    """An agent of no particular team."""
    return make_agent("Priya Nair")


@pytest.fixture
def marco(warranty: Team) -> Agent:
    """An agent of the Warranty team."""
    return make_agent("Marco Reyes", warranty)


@pytest.fixture
def paper_provider(settings: Settings) -> paper.Provider:
    """The test channels installed, and their provider empty and in a good mood."""
    settings.CHANNEL_ADAPTERS = ["tests.paper.PaperAdapter", "tests.paper.FastPaperAdapter"]
    paper.PROVIDER.reset()
    return paper.PROVIDER
