"""Asking a customer for a video from the desk."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from conversations.models import Agent, Case, Channel, Draft, Team
from tests.inbox.test_begin import undo
from tests.paper import PROVIDER, AskingPaperAdapter, Provider
from tests.people import answer, make_channel, receive

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asking(settings: Settings, provider: Provider) -> None:
    """A channel for videos is installed, and nothing was asked of it yet."""
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "tests.paper.AskingPaperAdapter"]
    AskingPaperAdapter.made.clear()
    AskingPaperAdapter.ended.clear()


@pytest.fixture
def films(team: Team) -> Channel:
    return make_channel(team, name="films", kind="video")


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(support, "dana@post.example", "It grinds").case


def ask(browser: Client, case: Case, text: str = "", **how: Any) -> Any:
    return browser.post(f"/inbox/c/{case.pk}/ask", {"q": "all", "text": text}, **how)


def page(browser: Client, case: Case) -> str:
    return browser.get(f"/inbox/q/all/c/{case.pk}/").content.decode()


def test_the_link_stands_below_what_was_begun_and_leaves_with_it(
    desk: Client, case: Case, films: Channel, priya: Agent, htmx: dict[str, Any]
) -> None:
    said = ask(desk, case, "Hi Dana,", **htmx)
    (asked,) = AskingPaperAdapter.made
    assert (asked["channel_id"], asked["case"], asked["agent"]) == (films.pk, case, priya)
    assert asked["identity"].value == "dana@post.example"
    words = "Hi Dana,\n\nShow us: https://hub.example/u/1"
    restored = json.loads(said.headers["HX-Trigger"])["composer:restored"]
    assert restored["text"] == words
    assert restored["version"] == Draft.objects.get().version
    assert words in page(desk, case)
    message = answer(case, priya, words)
    assert message.channel == case.messages.earliest("id").channel
    assert not Draft.objects.exists()
    shown = page(desk, case)
    assert "Priya made a link to ask for a video" in shown
    assert PROVIDER.accepted == []


def test_without_scripts_the_page_comes_back_with_the_link_in_the_answer(
    desk: Client, case: Case, films: Channel
) -> None:
    said = ask(desk, case)
    assert said.status_code == 302
    assert "Show us: https://hub.example/u/1" in desk.get(said.headers["Location"]).content.decode()


def test_undo_ends_the_link_and_takes_its_words_out(
    desk: Client, case: Case, films: Channel, htmx: dict[str, Any]
) -> None:
    shown = ask(desk, case, "Hi Dana,", **htmx).content.decode()
    said = undo(desk, shown, **htmx)
    assert json.loads(said.headers["HX-Trigger"])["composer:restored"]["text"] == "Hi Dana,"
    assert AskingPaperAdapter.ended == [1]
    assert "took a link for a video back" in page(desk, case)


def test_a_link_that_was_sent_is_taken_back_where_the_thread_tells_of_it(
    desk: Client, case: Case, films: Channel, priya: Agent
) -> None:
    ask(desk, case)
    answer(case, priya, "Show us: https://hub.example/u/1")
    (url,) = set(re.findall(r'action="(/inbox/c/\d+/ask/\d+/take-back)"', page(desk, case)))
    assert desk.post(url, {"q": "all"}).status_code == 302
    assert desk.post(url, {"q": "all"}).status_code == 302
    assert AskingPaperAdapter.ended == [1]
    assert "take-back" not in page(desk, case)


def test_is_refused_with_the_reason(
    desk: Client, case: Case, support: Channel, team: Team, htmx: dict[str, Any]
) -> None:
    said = ask(desk, case, **htmx)
    assert said.status_code == 422
    assert "No video channel is connected" in said.content.decode()
    make_channel(team, name="films", kind="video")
    PROVIDER.unreachable.add("dana@post.example")
    said = ask(desk, case, **htmx)
    assert "dana@post.example does not want these messages" in said.content.decode()
    assert not Draft.objects.exists()


def test_the_teams_own_channel_comes_before_others(
    desk: Client, films: Channel, warranty: Team, priya: Agent
) -> None:
    warranty.members.add(priya)
    own = make_channel(warranty, name="warranty-films", kind="video")
    theirs = make_channel(warranty, name="warranty")
    ask(desk, receive(theirs, "will@post.example", "Hi").case)
    assert AskingPaperAdapter.made[0]["channel_id"] == own.pk
