"""Hostile words that come while a page is open: into rows, thread, toasts, presence and the palette
they come as words, as they do when it is loaded."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from conversations import presence
from conversations.models import Agent, Channel
from conversations.presence import Place, State
from conversations.services import assignment, notes
from tests.people import make_agent, receive
from tests.security.test_hostile_words import OWN, _database_beside_a_loop, fit, harm, page

__all__ = ["_database_beside_a_loop", "harm", "page"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = '"><img src=x onerror=window.hit=1>\u202egnp.exe\u200b' + "W" * 120
SHOWN = """window.told = []
window.Notification = class { constructor(title, said) { told.push(title, said.body) } }
Notification.permission = "granted"
document.hasFocus = () => false"""

WIDE = """() => [...document.querySelectorAll(
    "html, #entries .entry, #rows > .row, #th-top, #composer, .toast"
)].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML)"""


def test_words_that_come_meanwhile_are_words(
    support: Channel, page: Page, harm: list[str], priya: Agent
) -> None:
    first = receive(support, "p@evil.example", "Hello", name=NAME, subject="Pro 2").case
    assignment.take(case_id=first.pk, agent=priya)
    lena = make_agent(NAME[:140], role="admin")
    page.add_init_script(SHOWN)
    page.goto(f"/inbox/q/mine/c/{first.pk}/")
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    for number, words in enumerate(map(fit, OWN)):
        said = {"name": words[:200], "subject": words[:900], "files": {words: "x"}}
        case = receive(support, f"q{number}@evil.example", words, **said).case
        assignment.assign(case_id=case.pk, agent=lena, assignee_id=priya.pk)
        receive(support, "p@evil.example", words, subject="Pro 2")
        notes.add(case_id=first.pk, agent=lena, text=f"@Priya {words}", client_id=uuid.uuid4())
    presence.be(Place(case=first.pk, agent=lena.pk, tab="x"), State.REPLY)
    expect(page.locator("#rows > .row")).to_have_count(len(OWN) + 1)
    expect(page.locator("#here")).to_contain_text("is writing an answer")
    expect(page.locator("#entries > .entry", has_text="{{ 7*7 }}")).to_have_count(2)
    page.wait_for_function("told.length >= 4")
    page.keyboard.press("Control+k")
    for words in ("onerror", "alert", "png"):
        with page.expect_response("**/palette/**"):
            page.locator("#pal-q").fill(words)
    page.keyboard.press("Escape")
    lenas = page.locator(f'#th-top [name="assignee"][value="{lena.pk}"]').first
    lenas.evaluate("one => one.click()")
    expect(page.locator(".toast")).to_contain_text("onerror")
    assert page.evaluate("window.hit") is None
    assert page.title().startswith("(")
    assert page.evaluate(WIDE) == []
    assert harm == []
