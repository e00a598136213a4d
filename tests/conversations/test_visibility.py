"""Who sees what: the one query, and what everything derives from it."""

import pytest

from conversations.models import Agent, Case, Channel, Conversation, Message, Team
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def cases(team: Team, warranty: Team, legal: Team, support: Channel) -> dict[str, Case]:
    """Dana has a case with each team; Eve's only case is with Legal, Will's with Warranty."""
    channels = {
        "support": support,
        "warranty": make_channel(warranty, name="warranty"),
        "legal": make_channel(legal, name="legal"),
    }
    Channel.objects.update(is_own_topic=True)
    found = {}
    for name, channel in channels.items():
        channel.refresh_from_db()
        found[name] = receive(channel, "dana@hey.example", name).case
    found["eve"] = receive(channels["legal"], "eve@hey.example").case
    found["will"] = receive(channels["warranty"], "will@hey.example").case
    return found


def seen_by(agent: Agent, cases: dict[str, Case]) -> set[str]:
    visible = set(Case.objects.visible_to(agent))
    return {name for name, case in cases.items() if case in visible}


def acted_on_by(agent: Agent, cases: dict[str, Case]) -> set[str]:
    own = set(Case.objects.of_teams_of(agent))
    return {name for name, case in cases.items() if case in own}


def test_an_agent_sees_a_conversation_whole_but_restricted_cases(
    cases: dict[str, Case], priya: Agent
) -> None:
    assert seen_by(priya, cases) == {"support", "warranty"}
    assert acted_on_by(priya, cases) == {"support"}


def test_a_member_sees_and_acts_on_their_team(cases: dict[str, Case], marco: Agent) -> None:
    assert seen_by(marco, cases) == {"support", "warranty", "will"}
    assert acted_on_by(marco, cases) == {"support", "warranty", "will"}


def test_members_of_a_restricted_team_see_it(cases: dict[str, Case], legal: Team) -> None:
    lex = make_agent("Lex Law", legal)
    assert seen_by(lex, cases) == {"support", "warranty", "legal", "eve"}


def test_an_admin_sees_all(cases: dict[str, Case]) -> None:
    assert seen_by(make_agent("Lena Ortiz", role="admin"), cases) == set(cases)


def test_messages_and_conversations_derive_from_it(cases: dict[str, Case], priya: Agent) -> None:
    texts = set(Message.objects.visible_to(priya).values_list("text", flat=True))
    assert texts == {"support", "warranty"}
    assert Conversation.objects.visible_to(priya).get() == cases["support"].conversation


def test_a_lost_team_is_lost_at_once(cases: dict[str, Case], marco: Agent, warranty: Team) -> None:
    warranty.members.remove(marco)
    assert "will" not in seen_by(marco, cases)
