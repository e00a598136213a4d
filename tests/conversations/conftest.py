import pytest
from pytest_django import Settings

from conversations.models import Agent, Channel, Team
from tests import paper
from tests.people import make_agent, make_channel


@pytest.fixture(autouse=True)
def provider(settings: Settings) -> paper.Provider:
    """The test channels installed, and their provider empty and in a good mood."""
    settings.CHANNEL_ADAPTERS = ["tests.paper.PaperAdapter", "tests.paper.FastPaperAdapter"]
    paper.PROVIDER.__init__()  # type: ignore[misc]
    return paper.PROVIDER


@pytest.fixture
def team(db: None) -> Team:
    made, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    return made


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
