"""How the simulator's pages look to a browser, a reader of screens and a keyboard."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from conversations.models import Agent, Case

pytestmark = pytest.mark.browser
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def address(live: str) -> str:
    call_command("seed_demo", verbosity=0)
    return live


@pytest.fixture
def session(address: str, client: Client) -> str:
    client.force_login(Agent.objects.get(username="priya"))
    return client.cookies["sessionid"].value


def pages(browser: Browser, address: str, session: str) -> Iterator[tuple[str, Page]]:
    """Every size in every theme."""
    for size in (DESK, PHONE):
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=address,
                viewport={"width": size["width"], "height": size["height"]},
                color_scheme="dark" if theme == "dark" else "light",
            )
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            yield f"{size['width']} {theme}", context.new_page()
            context.close()


def complaints(page: Page) -> list[str]:
    """What the browser's console will have said."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def test_nothing_stands_in_anybodys_way(browser: Browser, address: str, session: str) -> None:
    """Axe finds nothing, nothing is wider than the screen, and nothing is refused or missing."""
    for name, page in pages(browser, address, session):
        said = complaints(page)
        for path in ("/demo/mail/", "/demo/mail/new/", "/demo/mail/?of=dana.whitfield@hey.example"):
            page.goto(path)
            if "of=" in path:
                page.goto(page.locator(".sim-rows a").first.get_attribute("href") or "")
            violations = Axe().run(page).response["violations"]
            assert [v["id"] for v in violations] == [], (name, path)
            width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert width <= 0, (name, path)
        assert said == [], name


def test_the_loop_closes_with_the_keyboard_alone(
    browser: Browser, address: str, session: str
) -> None:
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
    page = context.new_page()
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
    context.close()
