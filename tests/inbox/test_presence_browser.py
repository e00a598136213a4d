"""Two people at one case, each in a browser of their own."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from conversations import presence
from conversations.models import Agent, Case
from conversations.services import duty
from tests.inbox.test_acceptance_browser import OPEN_SOCKETS
from tests.inbox.test_browser import _database_beside_a_loop, cases, enter
from tests.inbox.test_live_browser import listening
from tests.looking import axe

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]
UNTIL_TOLD = """
const real = setTimeout
window.setTimeout = (what, ms, ...rest) =>
    ms === 180_000 ? (window.rest = () => what(...rest)) : real(what, ms, ...rest)"""
"""Three minutes without a key or a pointer are over when the test says so."""


@pytest.fixture(autouse=True)
def _words_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine as well somebody writes for as long as it takes to see it."""
    monkeypatch.setattr(presence, "WRITES", 60)


@pytest.fixture
def beside(enter: Enter, marco: Agent) -> Enter:
    """Opens a page signed in as Marco."""

    def go(path: str) -> Page:
        other = Client()
        other.force_login(marco)
        page = enter("/inbox/me/")
        url = page.evaluate("location.origin")
        session = other.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": url}]
        )
        page.goto(path)
        return page

    return go


def test_each_sees_what_the_other_does(
    enter: Enter, beside: Enter, cases: list[Case], marco: Agent
) -> None:
    path = f"/inbox/q/all/c/{cases[0].pk}/"
    mine = enter("/inbox/me/", excuse="INTERNET_DISCONNECTED|^htmx:")
    mine.context.add_init_script(OPEN_SOCKETS)
    mine.goto(path)
    listening(mine)
    theirs = listening(beside(path))
    expect(mine.locator("#here")).to_have_text("MRMarco Reyes is viewing")
    mine.locator("#text").press_sequentially("Half a sen")
    expect(theirs.locator("#peer")).to_contain_text("Priya is writing an answer")
    expect(theirs.locator(f"#c-{cases[0].pk} .pv")).to_contain_text("Priya is writing")
    theirs.locator("#kind-note").check(force=True)
    theirs.locator("#note").press_sequentially("Careful")
    expect(mine.locator("#peer")).to_contain_text("Marco is writing a note")
    expect(mine.locator("#text")).to_have_value("Half a sen")
    mine.locator("#text").press_sequentially("tence")
    expect(mine.locator("#text")).to_have_value("Half a sentence")
    theirs.locator("#note").press("Control+Enter")
    expect(mine.locator("#peer")).to_be_empty()
    expect(mine.locator(".wait:not([data-open])")).to_have_count(0)
    mine.locator("#assign").click()
    row = mine.locator("#assign-pop button", has_text="Marco Reyes")
    expect(row.locator(".hd.online")).to_be_visible()
    duty.choose(agent=marco, availability="away")
    expect(row.locator(".hd.away")).to_be_visible()
    # also where it was told while no socket was there to hear of it
    mine.context.set_offline(True)
    mine.evaluate("sockets.forEach(socket => socket.close())")
    duty.choose(agent=marco, availability="online")
    mine.context.set_offline(False)
    expect(row.locator(".hd.online")).to_be_visible()
    theirs.goto("/inbox/me/")
    expect(mine.locator("#here")).to_be_empty()
    theirs.context.add_init_script(UNTIL_TOLD)
    theirs.goto(path)
    listening(theirs)
    expect(mine.locator("#here .is-view")).to_be_visible()
    theirs.evaluate("rest()")
    expect(mine.locator("#here .is-idle")).to_be_visible()
    assert axe(mine) == []
    theirs.mouse.move(300, 300)
    expect(mine.locator("#here .is-view")).to_be_visible()


def test_who_begins_to_answer_takes_the_case(
    enter: Enter, beside: Enter, cases: list[Case]
) -> None:
    Case.objects.update(assignee=None)
    taken = cases[0].messages.filter(code="taken")
    before = taken.count()
    path = f"/inbox/q/all/c/{cases[0].pk}/"
    mine, theirs = listening(enter(path)), listening(beside(path))
    box = mine.locator("#text")
    mine.locator("#kind-note").check(force=True)
    mine.locator("#note").press_sequentially("A note takes nothing")
    mine.locator("#kind-reply").check(force=True)
    box.press_sequentially("Hello D")
    expect(mine.locator("#assign")).to_contain_text("Priya")
    expect(theirs.locator("#assign")).to_contain_text("Priya")
    box.press_sequentially("ana")
    expect(box).to_be_focused()
    assert box.evaluate("box => [box.value, box.selectionStart]") == ["Hello Dana", 10]
    mine.locator(".toast").get_by_role("button", name="Undo").click()
    expect(mine.locator("#assign")).to_contain_text("Nobody")
    box.press_sequentially(", hi")
    expect(theirs.locator("#assign")).to_contain_text("Nobody")
    theirs.locator("#text").press_sequentially("I do it")
    expect(mine.locator("#assign")).to_contain_text("Marco")
    box.fill("")
    box.press_sequentially("Again")
    expect(mine.locator("#peer")).to_contain_text("Marco is writing an answer")
    expect(mine.locator("#assign")).to_contain_text("Marco")
    assert taken.count() == before + 2
