"""Who else is at a case: told to those who may see it, for as long as it holds."""

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from conversations import events, presence
from conversations.models import Agent, Case, Channel, Team
from conversations.presence import Place, State
from conversations.services import assignment
from tests.inbox.tab import there
from tests.inbox.test_live import QUIET, Open, counsel, enter, lex
from tests.people import make_agent, receive

__all__ = ["counsel", "enter", "lex"]

real = pytest.mark.django_db(transaction=True)
"""With a server, whose threads read what is committed."""

Later = Callable[[float], None]


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "First").case


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Lets so many seconds pass."""
    gone = 0.0

    def pass_by(seconds: float) -> None:
        nonlocal gone
        gone += seconds
        monkeypatch.setattr(presence, "_now", lambda: time.time() + gone)

    return pass_by


def be(agent: Agent, case: Case, state: State = State.VIEW, tab: str = "a") -> None:
    presence.be(Place(case=case.pk, agent=agent.pk, tab=tab), state)


def told(client: Client, case: Case, *, rows: bool = False) -> str:
    """What a page is told about a case, one that has it open or one with its row."""
    asked = {"rows": str(case.pk)} if rows else {"open": str(case.pk)}
    answer = client.get("/inbox/here", asked).json()
    assert bool(answer["ends"]) == ("av xs" in answer["html"] or "typing" in answer["html"])
    return str(answer["html"])


@real
def test_two_at_a_case_know_of_each_other(
    enter: Open, case: Case, priya: Agent, marco: Agent, later: Later
) -> None:
    mine = there(enter(priya), case, priya)
    theirs = there(enter(marco), case, marco)
    assert mine.hear(but="duty") == {"type": "here", "cases": [case.pk]}
    assert "Marco Reyes is viewing" in told(mine.client, case)
    assert "Marco Reyes" not in told(theirs.client, case)
    theirs.say({"type": "does", "case": case.pk, "what": "note"})
    assert mine.hear(but="duty") == {"type": "here", "cases": [case.pk]}
    assert "Marco is writing a note" in told(mine.client, case)
    theirs.say({"type": "does", "case": case.pk, "what": "note"})
    theirs.say({"type": "does", "case": case.pk + 1, "what": "reply"})
    assert mine.hear(QUIET, but="duty") is None, "again is no news"
    later(presence.WRITES + 1)
    assert "is viewing" in told(mine.client, case)
    theirs.say({"type": "does", "case": case.pk, "what": "idle"})
    assert mine.hear(but="duty") == {"type": "here", "cases": [case.pk]}
    assert "is away" in told(mine.client, case)
    theirs.close()
    assert mine.hear(but="duty") == {"type": "here", "cases": [case.pk]}
    assert "Marco" not in told(mine.client, case)


@real
def test_who_stays_is_there_after_a_minute(
    enter: Open, case: Case, priya: Agent, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.consumers.BEAT", 0.1)
    opened = there(enter(priya), case, priya)
    later(presence.STAYS - 1)
    opened.until("beat")
    opened.until("beat")
    later(presence.STAYS - 1)
    assert priya.pk in presence.at(case.pk, but=0).states


@real
def test_nobody_is_where_they_may_not_see(
    enter: Open, counsel: Channel, priya: Agent, lex: Agent
) -> None:
    secret = receive(counsel, "dana@post.example", "Hush").case
    theirs = there(enter(lex), secret, lex)
    mine = enter(priya)
    mine.shows(secret.pk, [secret.pk])
    mine.say({"type": "does", "case": secret.pk, "what": "reply"})
    theirs.say({"type": "does", "case": secret.pk, "what": "reply"})
    assert theirs.hear(QUIET, but="duty") is None
    frame = mine.hear(0.1, but="duty")
    assert frame is None or frame["type"] == "gone"
    assert set(presence.at(secret.pk, but=0).states) == {lex.pk}
    assert told(mine.client, secret).strip() == ""
    assert told(mine.client, secret, rows=True).strip() == ""


def lose_the_team(marco: Agent, legal: Team, case: Case) -> None:
    legal.members.remove(marco)
    events.rights_changed()  # as the admin says


def lose_the_case(marco: Agent, legal: Team, case: Case) -> None:
    boss = make_agent("Ada Boss", role="admin")
    other = Team.objects.create(name="Board", is_restricted=True)
    assignment.move(case_id=case.pk, agent=boss, team_id=other.pk)


@real
@pytest.mark.parametrize("loss", [lose_the_team, lose_the_case])
def test_who_loses_the_right_is_gone_at_once(
    enter: Open,
    counsel: Channel,
    legal: Team,
    marco: Agent,
    loss: Callable[[Agent, Team, Case], None],
) -> None:
    legal.members.add(marco)
    secret = receive(counsel, "dana@post.example", "Hush").case
    theirs = there(enter(marco), secret, marco)
    loss(marco, legal, secret)
    theirs.until("gone")
    assert presence.at(secret.pk, but=0).states == {}
    theirs.say({"type": "does", "case": secret.pk, "what": "reply"})
    theirs.shows(None, [])
    theirs.shows(secret.pk, [])
    while (frame := theirs.hear(QUIET, but="duty")) is not None:
        assert frame["type"] == "gone"
    assert presence.at(secret.pk, but=0).states == {}


@pytest.mark.django_db
def test_an_agent_with_two_tabs_is_there_once(desk: Client, case: Case, marco: Agent) -> None:
    be(marco, case, State.IDLE, "a")
    be(marco, case, State.REPLY, "b")
    said = told(desk, case)
    assert said.count("Marco Reyes is writing an answer") == 2, "in a title, and to be read out"
    assert "away" not in said
    presence.leave(Place(case=case.pk, agent=marco.pk, tab="b"))
    assert "is away" in told(desk, case)


@pytest.mark.django_db
def test_five_are_four_and_a_number(desk: Client, case: Case, priya: Agent) -> None:
    for name in ("Ann", "Bob", "Cid", "Dee", "Eve"):
        be(make_agent(name), case, State.NOTE if name == "Dee" else State.VIEW)
    said = told(desk, case)
    assert said.index("Dee is writing") < said.index("Ann is viewing")
    assert "Eve" not in said
    assert "+1" in said
    url = f"/inbox/q/all/c/{case.pk}/"
    desk.get(url)  # what a process keeps is read
    with CaptureQueriesContext(connection) as asked:
        page = desk.get(url).content.decode()
    assert page.count("Dee is writing a note") == 3
    for agent in Agent.objects.all():
        presence.leave(Place(case=case.pk, agent=agent.pk, tab="a"))
    with CaptureQueriesContext(connection) as alone:
        desk.get(url)
    assert len(asked) == len(alone) + 4, "two for the thread and two for the row of who writes"


@pytest.mark.django_db
def test_a_row_says_who_writes_before_all_else(
    desk: Client, case: Case, marco: Agent, later: Later
) -> None:
    be(marco, case)
    assert "First" in told(desk, case, rows=True)
    be(marco, case, State.REPLY)
    assert "First" not in told(desk, case, rows=True)
    assert "Marco is writing" in told(desk, case, rows=True)
    be(make_agent("Lena"), case, State.NOTE)
    listed = desk.get("/inbox/q/all/", {"tab": "all"}).content.decode()
    assert "Marco, Lena are writing" in " ".join(listed.split())
    later(presence.WRITES + 1)
    assert "First" in told(desk, case, rows=True)


@pytest.mark.django_db
def test_what_a_killed_process_left_tells_of_nobody_without_rights(
    client: Client, counsel: Channel, lex: Agent, marco: Agent, priya: Agent
) -> None:
    secret = receive(counsel, "dana@post.example", "Hush").case
    client.force_login(lex)
    be(marco, secret, State.REPLY)
    assert "Marco" not in told(client, secret)
    priya.is_active = False
    priya.save()
    be(priya, secret)
    assert "Priya" not in told(client, secret)


@pytest.mark.django_db
def test_without_valkey_nobody_is_there_and_all_else_works(
    desk: Client, case: Case, marco: Agent, settings: Settings
) -> None:
    be(marco, case, State.REPLY)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    be(marco, case, State.NOTE)
    assert "Marco" not in told(desk, case)
    page = desk.get(f"/inbox/q/all/c/{case.pk}/")
    assert page.status_code == 200
    assert "Marco" not in page.content.decode().partition('id="th-top"')[2].partition("<div")[0]
