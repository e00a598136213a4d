"""A shop on another origin, the hub, an agent: what each of them sees of a chat."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Frame, Page, expect
from pytest_django import Settings

from channels_email.models import EmailAccount
from conversations.models import Agent, Case, Channel, Look, Message, Team
from conversations.services import looks
from demo import shop
from tests.channels_chat.test_going_on import later, mail_back, sent
from tests.channels_chat.test_loader import until
from tests.channels_email.conftest import smtp_server
from tests.channels_email.servers import CapturingServer
from tests.people import answer

__all__ = ["smtp_server"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURE = (Path(__file__).parent / "dot.png").read_bytes()
HOSTILE = '<img src=x onerror="top.ran=window.ran=1"><script>top.ran=1</script>'


@pytest.fixture(autouse=True)
def kalma(settings: Settings, live: str, team: Team) -> None:
    settings.OMNIHUB_URL = live
    shop.open_chat(Channel.objects.create(kind="email", name="mail", team=team))


@pytest.fixture
def visitor(browser: Browser, live: str) -> Iterator[Page]:
    """A phone."""
    site = shop.origins()[1]
    context = browser.new_context(
        base_url=site, viewport={"width": 390, "height": 844}, has_touch=True
    )
    yield context.new_page()
    context.close()


def open_chat(page: Page) -> Frame:
    """By the launcher, which stands in a root that is closed to everybody."""
    until(page, "window.OmniHub")
    for _ in range(2):  # who listens late hears it too
        page.evaluate("new Promise((done) => OmniHub.on('ready', done))")
    page.mouse.click(390 - 48, 844 - 48)
    return next(frame for frame in page.frames if "/w/" in frame.url)


def say(frame: Frame, text: str) -> None:
    frame.locator("#words").fill(text)
    frame.locator("#words").press("Enter")


def test_from_an_article_to_an_answer(visitor: Page, desk: Page) -> None:
    """What was read, what was said and what was answered, each on the other's side; nothing of
    it runs."""
    visitor.goto("/demo/shop/help/turns-off/?lang=en")
    frame = open_chat(visitor)
    frame.get_by_role("button", name="Start a chat").click()
    say(frame, f"It still stops {HOSTILE}")
    expect(frame.locator(".b.pend")).to_have_count(0)
    desk.goto("/inbox/q/all/")
    desk.locator("#rows a").first.click()
    expect(desk.locator("#entries")).to_contain_text("It still stops <img")
    expect(desk.locator("#entries")).to_contain_text("My massager turns off by itself")
    expect(desk.locator("#envelope")).to_have_text("to the visitor")
    desk.locator("#composer textarea").first.fill(f"Is the ring orange? {HOSTILE}")
    desk.keyboard.press("Control+Enter")
    expect(frame.locator(".b.in")).to_contain_text("Is the ring orange? <img")
    photo = FilePayload(name="<b>ring.png", mimeType="image/png", buffer=PICTURE)
    frame.locator("#files").set_input_files([photo])
    expect(frame.locator(".up")).to_contain_text("goes with your next message")
    frame.locator("#words").press_sequentially("yes")
    expect(desk.locator("#peer")).to_contain_text("is writing to us")
    say(frame, "yes orange")
    expect(desk.locator("#entries")).to_contain_text("yes orange")
    expect(desk.locator("#entries")).to_contain_text("ring.png")
    for blob in Look.objects.values_list("blob", flat=True):
        looks.look(blob)
    until(frame, "document.querySelector('.pic img')?.naturalWidth")
    until(desk.main_frame, "document.querySelector('#entries .pic img')?.naturalWidth")
    assert [page.evaluate("window.ran") for page in (visitor, desk, frame)] == [None] * 3
    assert Case.objects.count() == 1
    assert Message.objects.filter(kind="message").count() == 3


def test_who_comes_back_finds_everything(visitor: Page, desk: Page) -> None:
    """Another page of the shop, after an answer that came meanwhile: unread outside, read once
    it is opened."""
    visitor.goto("/demo/shop/?lang=es")
    frame = open_chat(visitor)
    frame.get_by_role("button", name="Empezar un chat").click()
    say(frame, "Hola")
    expect(frame.locator(".b.pend")).to_have_count(0)
    visitor.goto("about:blank")
    desk.goto("/inbox/q/all/")
    desk.locator("#rows a").first.click()
    desk.locator("#composer textarea").first.fill("Buenas")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#entries")).to_contain_text("Buenas")
    visitor.goto("/demo/shop/?lang=es")
    frame = open_chat(visitor)
    expect(frame.locator("#unread")).to_have_text(re.compile("^1"))
    frame.locator("#case").click()
    expect(frame.locator(".b > p")).to_have_text(["Hola", "Buenas"])
    frame.get_by_role("button", name="Atrás").click()
    expect(frame.locator("#unread")).to_be_hidden()


def test_a_chat_goes_on_by_mail_and_back(
    visitor: Page, priya: Agent, smtp_server: CapturingServer, settings: Settings
) -> None:
    """Left, written to by mail, answered by mail, come back: one case, nothing twice or missing."""
    settings.OMNIHUB_ALLOW_HOSTS = ["127.0.0.1", "localhost"]
    mail = Channel.objects.get(kind="email")
    EmailAccount.objects.create(
        channel=mail,
        address="support@kalma.example",
        smtp_host="127.0.0.1",
        smtp_port=smtp_server.port,
        smtp_security="none",
    )
    visitor.goto("/demo/shop/?lang=en")
    frame = open_chat(visitor)
    frame.get_by_role("button", name="Start a chat").click()
    say(frame, "My order is late")
    frame.get_by_role("button", name="Get an email instead").click()
    frame.get_by_label("Your email address").fill("dana@post.example")
    frame.get_by_role("button", name="Save").click()
    frame.get_by_role("button", name="Not now").click()
    visitor.goto("about:blank")
    case = Case.objects.get()
    for text in ("It ships today.", "Its number follows."):
        answer(case, priya, text)
    assert later() == 1
    (letter,) = sent(smtp_server)
    mail_back(mail, letter, "dana@post.example", "Thank you!")
    visitor.goto("/demo/shop/?lang=en")
    frame = open_chat(visitor)
    frame.locator("#case").click()
    said = ["My order is late", "It ships today.", "Its number follows.", "Thank you!"]
    expect(frame.locator(".b > p:not(.mh)")).to_have_text(said)
    expect(frame.locator(".b.me.mail")).to_contain_text("Thank you!")
    assert Case.objects.count() == 1
