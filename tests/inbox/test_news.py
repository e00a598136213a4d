"""What the page asks for when its agent is to be told something, and their choice of it."""

import json
from typing import Any

import pytest
from django.test import Client

from conversations.live import Outbox
from conversations.models import Agent, Case, Channel, Customer, Team
from conversations.services import assignment
from inbox.reads import bells
from inbox.reads.bells import Shown
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

URL = "/inbox/news"


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Ortiz", role="admin")


@pytest.fixture
def case(support: Channel, priya: Agent, lena: Agent) -> Case:
    """Priya's, by Lena's hand."""
    case = receive(support, "dana@post.example", "Words", name="Dana", subject="Kettle").case
    return assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)


def news(client: Client, after: int | str = 0) -> dict[str, Any]:
    said: dict[str, Any] = client.get(URL, {"after": after}).json()
    return said


def test_names_the_case_and_never_what_was_said(desk: Client, case: Case, support: Channel) -> None:
    said = news(desk)
    assert said["told"] == [
        {
            "title": "Dana",
            "body": "Assigned to you: Kettle",
            "url": f"/inbox/c/{case.pk}/",
            "shows": True,
            "sounds": False,
        }
    ]
    assert news(desk, "") == {"last": said["last"], "told": []}, "a new browser begins here"
    assert news(desk, said["last"])["told"] == []
    receive(support, "dana@post.example", "More words", subject="Kettle")
    later = news(desk, said["last"])
    assert [one["body"] for one in later["told"]] == ["The customer wrote: Kettle"]
    assert len(news(desk)["told"]) == 1, "one a case"
    Customer.objects.update(name="")
    assert news(desk)["told"][0]["title"] == "dana@post.example"
    assert "ords" not in json.dumps(later)


@pytest.mark.parametrize("what", ["lost", "read", "taken", "another"])
def test_what_holds_no_more_is_not_told(
    what: str, desk: Client, case: Case, legal: Team, lena: Agent
) -> None:
    match what:
        case "lost":
            Case.objects.filter(pk=case.pk).update(team=legal)
        case "read":
            at = case.last_message_at.isoformat()
            desk.post(f"/inbox/c/{case.pk}/read", {"up_to": at, "quiet": "1"})
        case "taken":
            assignment.take(case_id=case.pk, agent=lena)
        case _:
            desk.force_login(lena)
    assert news(desk)["told"] == []


def test_a_restricted_case_is_told_to_its_team(desk: Client, lena: Agent, legal: Team) -> None:
    lex = make_agent("Lex Law", legal)
    hidden = receive(make_channel(legal, name="counsel"), "x@out.example", name="Xan").case
    assignment.assign(case_id=hidden.pk, agent=lena, assignee_id=lex.pk)
    assert news(desk)["told"] == []
    desk.force_login(lex)
    assert [one["title"] for one in news(desk)["told"]] == ["Xan"]
    legal.members.clear()
    assert news(desk)["told"] == []


def test_the_socket_says_it_to_its_agent_alone(desk: Client, priya: Agent, marco: Agent) -> None:
    mine, other = Outbox(priya.pk), Outbox(marco.pk)
    for box in (mine, other):
        box.put({"told": [priya.pk]})
    assert not other._news
    said = bells.frames(desk.session.session_key, mine._news, Shown())
    assert said == [{"type": "news"}]


def test_an_agent_chooses_without_a_script(desk: Client, case: Case, priya: Agent) -> None:
    page = desk.get("/inbox/me/").content.decode()
    assert page.count('name="news-') == 12
    assert 'id="id_news-assigned-browser" checked' in page
    assert 'id="id_news-assigned-sound" checked' not in page
    assert desk.post("/inbox/me/news", {"news-assigned-sound": "on"}).status_code == 302
    priya.refresh_from_db()
    assert priya.notify == {"assigned": ["sound"], "mentioned": [], "late": [], "wrote": []}
    one = news(desk)["told"][0]
    assert (one["shows"], one["sounds"]) == (False, True)


def test_the_title_counts_the_agents_own_who_wait(desk: Client, case: Case, lena: Agent) -> None:
    for path in ("/inbox/q/all/", "/inbox/me/", f"/inbox/q/all/c/{case.pk}/"):
        assert "<title>(1) " in desk.get(path).content.decode(), path
    desk.force_login(lena)
    assert "<title>(" not in desk.get("/inbox/q/all/").content.decode()
