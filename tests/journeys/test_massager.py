"""A massager that stops: help article, chat, video, e-mail, one case.

The customer says it once. Nothing here is played: processes, mail servers, browsers are real.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from http import HTTPStatus

import pytest
import requests
from playwright.sync_api import BrowserContext, CDPSession, FilePayload, Frame, Page, expect

from api.models import ApiToken
from channels_video.models import Upload
from conversations.models import Agent, Case, Conversation, Customer, Message
from tests.channels_chat.test_shop_browser import open_chat, say
from tests.channels_email.servers import CapturingServer
from tests.filming import Film, film
from tests.journeys.conftest import MAILBOX, Kalma
from tests.journeys.house import House
from tests.launcher.hub import until

pytestmark = [pytest.mark.journeys, pytest.mark.browser, pytest.mark.dovecot]

DANA = "dana@post.example"
LENGTH = 12 * 1024**2
"""Bytes behind the film."""
SPEED = 2 * 1024**2
"""Bytes that the phone sends in a second."""


def answer(desk: Page, text: str) -> None:
    desk.locator("#composer textarea").first.fill(text)
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#entries")).to_contain_text(text)


def letters(server: CapturingServer) -> list[EmailMessage]:
    contents = [envelope.content for envelope in server.envelopes]
    return [
        message_from_bytes(one, policy=policy.default) for one in contents if isinstance(one, bytes)
    ]


def words_sent(server: CapturingServer) -> str:
    return "".join(str(letter.get_body()) for letter in letters(server))


def reply_to(letter: EmailMessage, text: str) -> bytes:
    """As a mail program does."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Dana <{DANA}>", letter["Reply-To"] or letter["From"]
    mail["Subject"], mail["Message-ID"] = f"Re: {letter['Subject']}", "<back-1@post.example>"
    mail["In-Reply-To"] = mail["References"] = letter["Message-ID"]
    mail.set_content(text)
    return mail.as_bytes()


def ask_for_a_film(desk: Page, chat: Frame) -> str:
    """The agent asks in the chat; what the customer opens."""
    desk.keyboard.press("v")
    expect(desk.locator("#text")).to_have_value(re.compile("/u/"))
    desk.locator("#text").press("Control+Enter")
    link = chat.locator('.b.in a[href*="/u/"]')
    expect(link).to_have_css("color", "rgb(255, 255, 255)")  # a button, and to be read as one
    return str(link.get_attribute("href"))


def send_with_a_lost_signal(house: House, phone: BrowserContext, link: str) -> None:
    """The signal goes in the middle, and with it the server."""
    page = phone.new_page()
    page.goto(link)
    wire = page.context.new_cdp_session(page)
    signal(wire, is_on=True)
    film = FilePayload(name="It stops.mp4", mimeType="video/mp4", buffer=long_film())
    page.get_by_label("Choose from phone").set_input_files([film])
    page.get_by_label("Note for").fill("Here it stops")
    expect(page.locator("[data-percent]")).to_have_text(re.compile(r"^[2-6]\d$"))
    signal(wire, is_on=False)
    house.kill("web")
    expect(page.get_by_text("No connection")).to_be_visible()
    house.wait()
    assert Upload.objects.get().offset < LENGTH
    signal(wire, is_on=True)
    expect(page.get_by_role("heading", name="Got it, thank you")).to_be_visible()
    page.close()


def tell_by_api(house: House, agent: Agent, text: str) -> None:
    """What the shop's own program says when the parcel leaves."""
    _, token = ApiToken.objects.issue(agent_id=agent.pk, name="shop", scopes=["write"])
    customer = Customer.objects.get().pk
    said = requests.post(
        f"{house.url}/api/v1/messages/",
        json={"customer": customer, "text": text, "channels": ["email"]},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "parcel-1"},
        timeout=20,
    )
    assert said.status_code == HTTPStatus.CREATED, said.text


def signal(wire: CDPSession, *, is_on: bool) -> None:
    """Of a phone in a street, in bytes a second; or none."""
    speed = {"latency": 20, "downloadThroughput": -1, "uploadThroughput": SPEED}
    wire.send("Network.emulateNetworkConditions", {"offline": not is_on, **speed})


def long_film() -> bytes:
    """A film with something behind it that programs skip (ISO 14496-12, `free`)."""
    idle = LENGTH.to_bytes(4, "big") + b"free" + bytes(LENGTH - 8)
    return film(Film(name="clip.mp4")) + idle


def test_from_an_article_over_chat_and_video_to_mail(
    kalma: Kalma, house: House, phone: BrowserContext, desk: Page, priya: Agent
) -> None:
    dovecot, smtp_server = kalma.dovecot, kalma.smtp
    page = phone.new_page()
    page.goto(f"{house.shop}/demo/shop/help/turns-off/?lang=en")
    chat = open_chat(page)
    chat.get_by_role("button", name="Start a chat").click()
    say(chat, "It stops after five minutes, cold.")
    expect(chat.locator(".b.pend")).to_have_count(0)

    chat.get_by_label("Your email address").fill(DANA)
    chat.get_by_role("button", name="Save").click()
    chat.get_by_role("button", name="Not now").click()

    desk.goto("/inbox/q/all/")
    desk.locator("#rows a").first.click()
    expect(desk.locator("#entries")).to_contain_text("My massager turns off by itself")
    link = ask_for_a_film(desk, chat)
    page.close()

    send_with_a_lost_signal(house, phone, link)
    expect(desk.locator("#entries .vid video")).to_be_visible()
    expect(desk.locator("#entries .vid")).to_contain_text("Here it stops")

    answer(desk, "A new motor is on its way to you.")
    until(lambda: "A new motor" in words_sent(smtp_server))
    letter = letters(smtp_server)[-1]
    dovecot.deliver(MAILBOX, reply_to(letter, "Wonderful, thank you!"))
    expect(desk.locator("#entries")).to_contain_text("Wonderful, thank you!")

    tell_by_api(house, priya, "Your new motor is on its way: tracking 1Z 999.")
    until(lambda: "1Z 999" in words_sent(smtp_server))
    last = letters(smtp_server)[-1]
    assert (last["To"], last["In-Reply-To"]) == (DANA, "<back-1@post.example>")
    expect(desk.locator("#entries")).to_contain_text("1Z 999")

    assert Case.objects.count() == Customer.objects.count() == Conversation.objects.count() == 1
    said = Message.objects.public().in_order().values_list("channel__kind", flat=True)
    assert list(said) == ["chat", "chat", "video", "chat", "email", "email"]
    expect(desk.get_by_role("heading", name="Dana")).to_be_visible()
    legs = desk.locator("#legs a > span:nth-of-type(2)")
    expect(legs).to_have_text(["Help article", "Chat", "Video", "Chat", "E-mail"])
    sent = [mail["Message-ID"] for mail in letters(smtp_server)]
    assert len(sent) == len(set(sent))

    page = phone.new_page()
    page.goto(f"{house.shop}/demo/shop/?lang=en")
    chat = open_chat(page)
    chat.locator("#case").click()
    expect(chat.locator(".b.me.mail")).to_contain_text("Wonderful, thank you!")
    expect(chat.locator(".b.in").last).to_contain_text("1Z 999")
