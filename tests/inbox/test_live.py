"""The socket of a tab: what it says, to whom, and what it refuses. Over a real server."""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conversations import events
from conversations.models import Agent, Case, Change, Channel, Conversation, Duty, Team
from conversations.services import assignment, colleagues, duty, notes, status
from inbox import consumers
from tests.inbox.tab import Tab, tab, there
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db(transaction=True)

Open = Callable[[Agent], Tab]
QUIET = 0.8
"""Seconds in which nothing may come."""


@pytest.fixture
def enter(live: str) -> Iterator[Open]:
    opened = []

    def go(agent: Agent) -> Tab:
        held = tab(live, agent)
        opened.append(held)
        return held.__enter__()

    yield go
    for held in opened:
        held.__exit__(None, None, None)


@pytest.fixture
def lex(legal: Team) -> Agent:
    return make_agent("Lex Law", legal)


@pytest.fixture
def counsel(legal: Team) -> Channel:
    return make_channel(legal, name="counsel")


def closed(opened: Tab) -> int:
    """The code that the server closes with."""
    with pytest.raises(ConnectionClosed):
        _hear_all(opened)
    assert opened.socket is not None
    return opened.socket.close_code or 0


def _hear_all(opened: Tab) -> None:
    while opened.hear() is not None:
        pass


def test_says_what_moved_by_number_alone(enter: Open, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    receive(support, "dana@post.example", "Secret words")
    said = opened.until("changed")
    conversation = Conversation.objects.get(pk=case.conversation_id)
    assert said == {
        "type": "changed",
        "conversation": conversation.pk,
        "revision": conversation.revision,
        "cases": [case.pk],
    }


def test_much_at_once_is_said_once(enter: Open, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    for number in range(20):
        notes.add(case_id=case.pk, agent=priya, text=str(number), client_id=uuid.uuid4())
    case.conversation.refresh_from_db()
    frames = []
    while (frame := opened.hear(1)) is not None:
        frames.append(frame)
    assert frames[-1]["revision"] == case.conversation.revision
    assert len(frames) < 20


def test_of_what_an_agent_may_not_see_it_says_nothing(
    enter: Open, counsel: Channel, support: Channel, priya: Agent, lex: Agent
) -> None:
    case = receive(support, "dana@post.example", "Where is it?").case
    secret = receive(counsel, "dana@post.example", "About your colleague").case
    other = receive(counsel, "leon@post.example", "Hush").case
    before, alone, theirs = enter(priya), enter(priya), enter(lex)
    before.shows(case.pk, [case.pk])
    alone.shows(None, [case.pk])
    time.sleep(0.2)
    notes.add(case_id=other.pk, agent=lex, text="x", client_id=uuid.uuid4())
    notes.add(case_id=secret.pk, agent=lex, text="x", client_id=uuid.uuid4())
    said = before.until("changed")
    assert (said["conversation"], said["cases"]) == (case.conversation_id, [])
    assert before.hear(QUIET) is None
    assert alone.hear(0.1) is None
    assert {tuple(theirs.until("changed")["cases"]) for _ in range(2)} == {
        (other.pk,),
        (secret.pk,),
    }


def test_a_case_that_goes_out_of_sight_is_gone(
    enter: Open, support: Channel, legal: Team, priya: Agent, lex: Agent
) -> None:
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    opened.shows(None, [case.pk])
    time.sleep(0.2)
    assignment.move(case_id=case.pk, agent=priya, team_id=legal.pk)
    assert opened.until("gone") == {"type": "gone", "case": case.pk}
    notes.add(case_id=case.pk, agent=lex, text="x", client_id=uuid.uuid4())
    later = opened.hear(QUIET)
    assert later is None or later["type"] == "gone"


def test_a_case_seen_by_another_of_the_customer_is_gone_with_that(
    enter: Open, support: Channel, warranty: Team, legal: Team, priya: Agent
) -> None:
    theirs = make_channel(warranty, name="warranty")
    Channel.objects.update(is_own_topic=True)
    theirs.refresh_from_db()
    support.refresh_from_db()
    case = receive(support, "dana@post.example", "First").case
    beside = receive(theirs, "dana@post.example", "Second").case
    assert beside.team == warranty
    opened = enter(priya)
    opened.shows(beside.pk, [])
    time.sleep(0.2)
    assignment.move(case_id=case.pk, agent=priya, team_id=legal.pk)
    assert opened.until("gone") == {"type": "gone", "case": beside.pk}


def lose_the_team(marco: Agent, warranty: Team, boss: Agent) -> None:
    warranty.members.remove(marco)


def be_let_go(marco: Agent, warranty: Team, boss: Agent) -> None:
    colleagues.deactivate(agent_id=marco.pk, by=boss)


@pytest.mark.parametrize("loss", [lose_the_team, be_let_go])
def test_nothing_more_arrives_once_rights_are_gone(
    enter: Open,
    monkeypatch: pytest.MonkeyPatch,
    marco: Agent,
    legal: Team,
    loss: Callable[[Agent, Team, Agent], None],
) -> None:
    monkeypatch.setattr(consumers, "BEAT", 0.5)
    legal.members.add(marco)
    boss = make_agent("Ada Boss", role="admin")
    desk = make_channel(legal, name="counsel")
    case = receive(desk, "dana@post.example", "First").case
    opened = enter(marco)
    opened.shows(case.pk, [case.pk])
    assert opened.until("beat")["conversation"] == case.conversation_id
    loss(marco, legal, boss)
    notes.add(case_id=case.pk, agent=boss, text="x", client_id=uuid.uuid4())
    if loss is be_let_go:
        assert closed(opened) == consumers.SIGNED_OUT
        return
    opened.until("gone")
    for action in ({"type": "shows", "case": case.pk, "rows": [case.pk]}, {"type": "shows"}):
        opened.say(action)
        receive(desk, "dana@post.example", "More")
        said = [opened.hear(0.3) for _ in range(4)]
        assert not any(frame and "conversation" in frame for frame in said), said


def test_tells_at_once_that_rights_changed(enter: Open, priya: Agent, marco: Agent) -> None:
    first, second, others = enter(priya), enter(priya), enter(marco)
    boss = make_agent("Ada Boss", role="admin")
    colleagues.bring_back(agent_id=priya.pk, by=boss)
    assert first.hear() == {"type": "rights"}
    assert second.hear() == {"type": "rights"}
    assert others.hear(0.3) is None


def test_says_who_came_and_who_went(
    enter: Open, support: Channel, priya: Agent, marco: Agent
) -> None:
    case = receive(support, "dana@post.example").case
    Agent.objects.filter(pk=priya.pk).update(language="es")
    before, alone, theirs = enter(priya), enter(priya), enter(marco)
    there(before, case, priya)
    duty.choose(agent=marco, availability="away")
    said = before.until("duty")["html"]
    assert f'id="duty-a-{marco.pk}" title="Ausente"' in said
    assert theirs.until("gap")  # their own word, given elsewhere
    assert alone.hear(0.3) is None
    duty.choose(agent=marco, availability="online")
    before.until("duty")
    Duty.objects.filter(agent=marco).update(seen_at=timezone.now() - timedelta(seconds=61))
    duty.judge()
    assert "Ausente" in before.until("duty")["html"]
    duty.sign_out(agent=marco)
    assert "Desconectado" in before.until("duty")["html"]


def test_signing_out_ends_every_socket_of_the_session(
    enter: Open, monkeypatch: pytest.MonkeyPatch, priya: Agent
) -> None:
    monkeypatch.setattr(consumers, "BEAT", 0.3)
    opened = enter(priya)
    opened.client.logout()
    assert closed(opened) == consumers.SIGNED_OUT


def test_a_lost_bell_is_healed_by_the_heartbeat(
    enter: Open, monkeypatch: pytest.MonkeyPatch, support: Channel, priya: Agent
) -> None:
    monkeypatch.setattr(consumers, "BEAT", 0.3)
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    opened.shows(case.pk)
    with monkeypatch.context() as patch:
        patch.setattr("conversations.events._ring", lambda _hint: None)
        receive(support, "dana@post.example", "Unheard")
    case.conversation.refresh_from_db()
    while (beat := opened.until("beat"))["revision"] < case.conversation.revision:
        pass
    assert beat["revision"] == case.conversation.revision


def test_a_cut_between_hub_and_bell_is_said(enter: Open, priya: Agent, support: Channel) -> None:
    opened = enter(priya)
    bells = redis.Redis.from_url(settings.REDIS_URL)
    mine = str(bells.get_connection_kwargs()["db"])
    for ear in bells.client_list(_type="pubsub"):
        if ear["db"] == mine:  # others test beside
            bells.client_kill_filter(_id=ear["id"])
    assert opened.until("gap")
    receive(support, "dana@post.example", "Heard again")
    assert opened.until("changed")


def test_a_foreign_page_opens_none(live: str, priya: Agent) -> None:
    mine = Tab(live, priya)
    port = live.rpartition(":")[2]
    for origin in (
        "https://evil.example",
        f"http://localhost.evil.example:{port}",
        None,
        "null",
        "http://[",
    ):
        with pytest.raises(InvalidStatus):
            mine.open(origin=origin)
    with pytest.raises(InvalidStatus):
        mine.open(origin="http://127.0.0.1:1")
    mine.open(cookie="")
    assert closed(mine) == consumers.SIGNED_OUT


BAD_FRAMES: dict[str, Any] = {
    "every case": {"type": "shows", "case": "*"},
    "below": {"type": "shows", "case": -1},
    "a truth": {"type": "shows", "case": True},
    "no key": {"type": "shows", "case": 2**80},
    "every row": {"type": "shows", "rows": ["%"]},
    "nested": {"type": "shows", "rows": [[1]]},
    "many": {"type": "shows", "rows": list(range(1, 600))},
    "a group": {"type": "group.send", "group": "*"},
    "the hub's": {"type": "changed"},
    "no place": {"type": "does", "what": "reply"},
    "no deed": {"type": "does", "case": 1, "what": "sleep"},
    "two deeds": {"type": "does", "case": 1, "what": ["reply"]},
    "a list": [],
    "no json": "no json",
    "deep": "[" * 10_000,
}


@pytest.mark.parametrize("name", BAD_FRAMES)
def test_a_frame_that_no_page_sends_ends_the_socket(enter: Open, priya: Agent, name: str) -> None:
    opened = enter(priya)
    opened.say(BAD_FRAMES[name])
    assert closed(opened) == consumers.BAD


def _flood(opened: Tab) -> None:
    for _ in range(1000):
        opened.shows()
        time.sleep(0.001)


def test_floods_are_cut_and_harm_nobody_else(
    enter: Open, support: Channel, priya: Agent, marco: Agent
) -> None:
    calm, flood, heavy, binary = enter(marco), enter(priya), enter(priya), enter(priya)
    with pytest.raises(ConnectionClosed):
        _flood(flood)
    assert closed(flood) == consumers.FLOOD
    heavy.say("x" * 1_000_000)
    assert closed(heavy) == 1009
    assert binary.socket is not None
    binary.socket.send(b"\x00\xff")
    assert closed(binary) == consumers.BAD
    receive(support, "dana@post.example", "All well")
    assert calm.until("changed")


def test_status_and_answers_ring_too(enter: Open, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "First").case
    opened = enter(priya)
    answer(case, priya, "Done")
    assert opened.until("changed")["cases"] == [case.pk]
    status.resolve(case_id=case.pk, agent=priya)
    last = Change.objects.latest("id").revision
    while opened.until("changed")["revision"] < last:
        pass
    assert Case.objects.get(pk=case.pk).status == "resolved"


def test_who_listens_is_online_and_who_signs_out_is_not(enter: Open, priya: Agent) -> None:
    opened, other = enter(priya), enter(priya)
    assert state(priya) == "online"
    before = Duty.objects.get(agent=priya).seen_at
    other.cut()
    end = time.monotonic() + 5
    while Duty.objects.get(agent=priya).seen_at == before and time.monotonic() < end:
        time.sleep(0.02)
    assert Duty.objects.get(agent=priya).seen_at > before
    opened.client.post("/accounts/logout/")
    assert state(priya) == "offline"
    events.rights_changed(priya.pk)
    assert closed(opened) == consumers.SIGNED_OUT
    assert state(priya) == "offline"


def state(agent: Agent) -> str:
    return duty.of(Agent.objects.get(pk=agent.pk))
