"""A visitor's line is cut over and over while both sides write: one thread, seen by all alike."""

import random
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from channels_chat.models import ChatSettings
from conversations.models import Case, Message
from tests.channels_email.proxy import Proxy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = 40_000
"""Milliseconds: the pauses between tries grow where one is cut before it was welcome."""


@pytest.fixture(autouse=True)
def _talks_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels_chat.flood.SAID_BY_VISITOR", 1000)


@pytest.fixture
def line(live: str) -> Iterator[Proxy]:
    with Proxy(urlsplit(live).port or 0) as proxy:
        yield proxy


@pytest.fixture
def visitor(browser: Browser, line: Proxy) -> Iterator[Page]:
    """A page over a line that can be cut."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{line.port}")
    yield context.new_page()
    context.close()


class Heard:
    """What the visitor's newest socket was told; nothing yet where it is not through."""

    def __init__(self, page: Page) -> None:
        self.page, self.frames = page, 0
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self.frames = 0
        socket.on("framereceived", self._came)

    def _came(self, _data: object) -> None:
        self.frames += 1

    def wait(self) -> None:
        while not self.frames:
            self.page.evaluate("new Promise((done) => setTimeout(done, 20))")


def say(page: Page, text: str) -> None:
    page.locator("#words").fill(text)
    page.locator("#words").press("Enter")


def answer(page: Page, text: str) -> None:
    page.locator("#composer textarea").first.fill(text)
    page.keyboard.press("Control+Enter")


@pytest.mark.parametrize(
    "cuts", [3, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)
def test_both_sides_and_the_house_have_the_same_thread(
    visitor: Page, desk: Page, line: Proxy, chat: ChatSettings, cuts: int
) -> None:
    heard, chance = Heard(visitor), random.Random(cuts)
    visitor.goto(f"/w/{chat.key}/?site=http://127.0.0.1:{line.port}&lang=en")
    visitor.get_by_role("button", name="Start a chat").click()
    say(visitor, "begin")
    expect(visitor.locator(".b.me:not(.pend) > p:not(.mh)")).to_have_text(["begin"], timeout=LONG)
    desk.goto(f"/inbox/q/all/c/{Case.objects.get().pk}/")
    expect(desk.locator("#entries .msg .prose")).to_have_text(["begin"])
    for number in range(cuts):
        if chance.random() < 0.7:
            heard.wait()
        say(visitor, f"asked {number}")
        if number % 2:
            answer(desk, f"answered {number}")
        with visitor.expect_websocket(timeout=LONG):
            line.cut_now()
    said = ["begin", *(f"asked {number}" for number in range(cuts))]
    answered = [f"answered {number}" for number in range(1, cuts, 2)]
    mine = visitor.locator(".b.me:not(.pend) > p:not(.mh)")
    expect(mine).to_have_text(said, timeout=LONG * 5)  # what waited leaves one after another
    expect(visitor.locator(".b.in > p:not(.mh)")).to_have_text(answered, timeout=LONG)
    thread = [one.text for one in Message.objects.public().in_order()]
    assert sorted(thread) == sorted(said + answered)
    expect(visitor.locator(".b > p:not(.mh)")).to_have_text(thread)
    expect(desk.locator("#entries .msg .prose")).to_have_text(thread)
