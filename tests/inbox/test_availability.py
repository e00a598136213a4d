"""Online and away at the desk: the agent's own word, and what colleagues see of it."""

import re
from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Availability, Channel, Duty, Giving, Team
from conversations.services import assignment, duty, giving
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(team: Team) -> Agent:
    return make_agent("Lena Ortiz", role="admin")


def standing(page: bytes) -> str:
    """What stands below the agent's own name."""
    found = re.search(r'<small id="standing"[^>]*>(.*?)</small>', page.decode(), re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def dots(page: bytes) -> dict[str, str]:
    """Of each colleague in the menu of who a case is given to, what they are."""
    found = re.findall(
        r'name="assignee" value="\d+".*?<span>([^<]+?)(?: <small>.*?)?</span>'
        r'<i class="hd \w+" id="duty-a-\d+" title="(\w+)"><span class="unseen">(\w+)</span>',
        page.decode(),
    )
    assert all(title == word for _name, title, word in found)
    return {name: word for name, _title, word in found}


@pytest.mark.parametrize("word", ["online", "away"])
def test_is_said_without_scripts(desk: Client, priya: Agent, word: str) -> None:
    here = "/inbox/q/unassigned/"
    said = {"availability": word}
    page = desk.post("/inbox/me/availability", said, headers={"Referer": here}, follow=True)
    assert page.redirect_chain[-1][0] == here
    assert standing(page.content) == word.capitalize()
    assert f"You are {word}" in page.content.decode()
    assert duty.of(Agent.objects.get(pk=priya.pk)) == word


def test_is_said_in_place(desk: Client, htmx: dict[str, Any]) -> None:
    page = desk.post("/inbox/me/availability", {"availability": "away"}, **htmx)
    assert standing(page.content) == "Away"
    assert 'value="away" aria-current="true"' in page.content.decode()


@pytest.mark.parametrize("word", ["offline", "busy", ""])
def test_nothing_else_can_be_said(
    desk: Client, priya: Agent, htmx: dict[str, Any], word: str
) -> None:
    page = desk.post("/inbox/me/availability", {"availability": word}, **htmx)
    assert page.status_code == 422
    assert "You can be online or away." in page.content.decode()
    assert not Duty.objects.filter(agent=priya).exists()


def test_the_phones_own_page_has_it_too(desk: Client) -> None:
    page = desk.get("/inbox/me/").content.decode()
    assert len(re.findall(r'action="/inbox/me/availability"', page)) == 2
    assert page.count('id="availability"') == 1


def test_capacity_shows_where_a_rule_fills_it(
    desk: Client, priya: Agent, support: Channel, warranty: Team
) -> None:
    case = receive(support, "dana@post.example").case
    assignment.take(case_id=case.pk, agent=priya)
    assert standing(desk.get("/inbox/q/mine/").content) == "Offline"
    Team.objects.filter(pk=warranty.pk).update(giving=Giving.ROUND_ROBIN, capacity=4)
    assert standing(desk.get("/inbox/q/mine/").content) == "Offline"
    warranty.members.add(priya)
    assert standing(desk.get("/inbox/q/mine/").content) == "Offline 1 of 4"
    Agent.objects.filter(pk=priya.pk).update(capacity=9)
    rows = desk.get("/inbox/q/mine/rows").json()
    assert standing(rows["counts"].encode()) == "Offline 1 of 9"


def test_colleagues_who_are_there_are_marked(
    desk: Client, priya: Agent, marco: Agent, warranty: Team
) -> None:
    warranty.members.add(priya)
    case = receive(make_channel(warranty, name="w"), "dana@post.example").case
    duty.seen(priya.pk)
    duty.choose(agent=marco, availability="away")
    page = desk.get(f"/inbox/q/all/c/{case.pk}/").content
    assert dots(page) == {"Priya Nair": "Online", "Marco Reyes": "Away"}


@pytest.mark.parametrize("door", ["/accounts/logout/", "/admin/logout/"])
def test_who_signs_out_is_offline(client: Client, lena: Agent, door: str) -> None:
    client.force_login(lena)
    duty.choose(agent=lena, availability="away")
    client.post(door)
    assert duty.of(Agent.objects.get(pk=lena.pk)) == Availability.OFFLINE


def test_the_line_says_who_and_by_what(
    desk: Client, priya: Agent, support: Channel, team: Team
) -> None:
    Team.objects.filter(pk=team.pk).update(giving=Giving.LEAST_LOADED)
    duty.seen(priya.pk)
    case = receive(support, "dana@post.example").case
    giving.sweep()
    page = desk.get(f"/inbox/q/mine/c/{case.pk}/").content.decode()
    assert "Given to Priya Nair, least loaded" in page
