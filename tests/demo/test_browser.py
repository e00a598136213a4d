"""How the simulator's pages look to a browser, a reader of screens and a keyboard."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from conversations.models import Agent, Case
from tests.looking import axe, outside

pytestmark = pytest.mark.browser


@pytest.fixture
def address(live: str) -> str:
    call_command("seed_demo", verbosity=0)
    return live


@pytest.fixture
def session(address: str, client: Client) -> str:
    client.force_login(Agent.objects.get(username="priya"))
    return client.cookies["sessionid"].value


@pytest.fixture
def page(browser: Browser, address: str, session: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    yield context.new_page()
    context.close()


def complaints(page: Page) -> list[str]:
    """What the browser's console will have said."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


@pytest.mark.slow
def test_nothing_stands_in_anybodys_way(page: Page) -> None:
    """Axe finds nothing, nothing is wider than the screen, and nothing is refused or missing.

    Then the loop closes by the keyboard alone: the company takes seconds to move in, so one does
    for both.
    """
    said = complaints(page)
    for path in ("/demo/mail/", "/demo/mail/new/", "/demo/mail/?of=dana.whitfield@hey.example"):
        page.goto(path)
        if "of=" in path:
            page.goto(page.locator(".sim-rows a").first.get_attribute("href") or "")
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            assert outside(page) == [], (width, path)
        assert axe(page) == [], path
    assert said == []
    answer_by_keyboard(page)


def answer_by_keyboard(page: Page) -> None:
    page.goto("/demo/mail/?of=dana.whitfield@hey.example")
    page.locator(".sim-rows a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Message").first.focus()
    page.keyboard.type("Portland it is.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It arrived.")
    page.get_by_role("status").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Portland it is.").first).to_be_visible()
    topic = Case.objects.get(last_preview="Portland it is.").topic
    assert topic == "Pro 2 shuts off after 5 seconds"
