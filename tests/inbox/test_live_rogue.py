"""A socket in the hands of an agent who is after what they may not see."""

import uuid

import pytest

from conversations import events
from conversations.models import Agent, Case, Channel, Team
from conversations.services import assignment, notes
from tests.inbox.tab import Tab
from tests.inbox.test_live import QUIET, Open, counsel, enter, lex
from tests.people import receive

__all__ = ["counsel", "enter", "lex"]

pytestmark = pytest.mark.django_db(transaction=True)


def stirs(case: Case, agent: Agent) -> None:
    notes.add(case_id=case.pk, agent=agent, text="x", client_id=uuid.uuid4())


def all_said(opened: Tab, seconds: float = QUIET) -> list[dict[str, object]]:
    found = []
    while (frame := opened.hear(seconds)) is not None:
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
