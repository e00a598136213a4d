"""A socket in the hands of an agent who is after what they may not see."""

import uuid

import pytest

from conversations import events
from conversations.models import Agent, Case, Channel, Team
from conversations.services import assignment, notes
from inbox import consumers
from inbox.crowd import Crowd
from tests.inbox.tab import Tab, wait_for
from tests.inbox.test_live import QUIET, Open, closed, counsel, enter, lex
from tests.people import receive

__all__ = ["counsel", "enter", "lex"]

pytestmark = pytest.mark.django_db(transaction=True)


def stirs(case: Case, agent: Agent) -> None:
    notes.add(case_id=case.pk, agent=agent, text="x", client_id=uuid.uuid4())


def all_said(opened: Tab, seconds: float = QUIET) -> list[dict[str, object]]:
    found = []
    # another test of the same Valkey may cut its subscriptions
    while (frame := opened.hear(seconds, but="gap")) is not None:
        found.append(frame)
    return found


def test_rows_that_are_not_theirs_tell_of_nothing_that_happens_there(
    enter: Open, counsel: Channel, priya: Agent, lex: Agent
) -> None:
    secret = receive(counsel, "dana@post.example", "About your colleague").case
    nothing = secret.pk + 1000
    rogue = enter(priya)
    rogue.shows(None, [secret.pk, nothing])
    # what is not theirs is as what is not there, and said before anything happens
    assert [frame["case"] for frame in all_said(rogue)] == [secret.pk, nothing]
    stirs(secret, lex)
    stirs(secret, lex)
    assert all_said(rogue) == []


def test_a_case_that_is_not_theirs_is_as_one_that_is_not_there(
    enter: Open, counsel: Channel, priya: Agent, lex: Agent
) -> None:
    secret = receive(counsel, "dana@post.example", "Hush").case
    rogue = enter(priya)
    for number in (secret.pk, secret.pk + 1000):
        rogue.shows(number)
        assert all_said(rogue) == [{"type": "gone", "case": number}]
        stirs(secret, lex)
        assert all_said(rogue) == []


def test_rows_that_went_out_of_sight_are_told_of_once(
    enter: Open, support: Channel, legal: Team, priya: Agent, lex: Agent
) -> None:
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    opened.shows(None, [case.pk])
    assert all_said(opened) == []
    assignment.move(case_id=case.pk, agent=priya, team_id=legal.pk)
    assert opened.until("gone") == {"type": "gone", "case": case.pk}
    for _ in range(3):
        stirs(case, lex)
    assert all_said(opened) == []


def test_rows_of_a_team_that_was_lost_are_gone_with_it(
    enter: Open, counsel: Channel, legal: Team, priya: Agent, lex: Agent
) -> None:
    legal.members.add(priya)
    case = receive(counsel, "dana@post.example", "First").case
    opened = enter(priya)
    opened.shows(None, [case.pk])
    assert all_said(opened) == []
    legal.members.remove(priya)
    events.rights_changed(priya.pk)
    assert opened.until("gone") == {"type": "gone", "case": case.pk}
    stirs(case, lex)
    assert all_said(opened) == []


def test_one_agent_has_so_many_sockets_and_no_more(
    enter: Open, live: str, monkeypatch: pytest.MonkeyPatch, priya: Agent, marco: Agent
) -> None:
    monkeypatch.setattr(consumers, "crowd", Crowd(most=3))
    mine = [enter(priya) for _ in range(3)]
    fourth = Tab(live, priya)
    fourth.open()
    assert closed(fourth) == consumers.FLOOD
    enter(marco)
    mine[0].cut()
    wait_for(lambda: consumers.crowd.lets_in(priya.pk))


def test_who_floods_has_to_wait_before_the_next_socket(
    enter: Open, live: str, monkeypatch: pytest.MonkeyPatch, priya: Agent, marco: Agent
) -> None:
    monkeypatch.setattr(consumers, "crowd", Crowd(rests=1))
    beside, flood = enter(priya), enter(priya)
    for _ in range(consumers.BURST + 20):
        flood.shows()
    assert closed(flood) == consumers.FLOOD
    again = Tab(live, priya)
    again.open()
    assert closed(again) == consumers.FLOOD
    enter(marco)
    beside.say({"type": "shows", "rows": [1]})
    assert beside.until("gone")
    wait_for(lambda: consumers.crowd.lets_in(priya.pk))
