import pytest

from clocks.models import Calendar, TeamCalendar
from conversations.models import Channel, Team
from tests import paper
from tests.cast import legal, marco, paper_provider, priya, team, warranty
from tests.clocks.calendars import office
from tests.people import make_channel

__all__ = ["legal", "marco", "paper_provider", "priya", "team", "warranty"]


@pytest.fixture(autouse=True)
def provider(paper_provider: paper.Provider) -> paper.Provider:
    return paper_provider


@pytest.fixture
def support(team: Team) -> Channel:
    return make_channel(team)


@pytest.fixture
def calendar(team: Team) -> Calendar:
    """The default team's: closed now, and open from tomorrow's noon on for an hour a day."""
    calendar = office()
    TeamCalendar.objects.create(team=team, calendar=calendar)
    return calendar
