"""A massager that stops: help article, chat, video, e-mail, one case.

The customer says it once. Nothing here is played: processes, mail servers, browsers are real.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import Case, Conversation, Customer, Message
from tests.channels_chat.test_shop_browser import open_chat, say
from tests.channels_email.dovecot import Dovecot
from tests.channels_email.servers import CapturingServer
from tests.journeys.conftest import MAILBOX
from tests.journeys.house import House
from tests.launcher.hub import until

pytestmark = [pytest.mark.journeys, pytest.mark.browser, pytest.mark.dovecot]

DANA = "dana@post.example"


def answer(desk: Page, text: str) -> None:
    desk.locator("#composer textarea").first.fill(text)
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#entries")).to_contain_text(text)


def letters(server: CapturingServer) -> list[EmailMessage]:
    contents = [envelope.content for envelope in server.envelopes]
    return [
        message_from_bytes(one, policy=policy.default) for one in contents if isinstance(one, bytes)
    ]


def reply_to(letter: EmailMessage, text: str) -> bytes:
    """As a mail program does."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Dana <{DANA}>", letter["Reply-To"] or letter["From"]
    mail["Subject"], mail["Message-ID"] = f"Re: {letter['Subject']}", "<back-1@post.example>"
    mail["In-Reply-To"] = mail["References"] = letter["Message-ID"]
    mail.set_content(text)
    return mail.as_bytes()


def test_from_an_article_over_chat_and_video_to_mail(
    house: House, phone: BrowserContext, desk: Page, dovecot: Dovecot, smtp_server: CapturingServer
) -> None:
    page = phone.new_page()
    page.goto(f"{house.shop}/demo/shop/help/turns-off/?lang=en")
    chat = open_chat(page)
    chat.get_by_role("button", name="Start a chat").click()
    say(chat, "It stops after five minutes, cold.")
    expect(chat.locator(".b.pend")).to_have_count(0)

    desk.goto("/inbox/q/all/")
    desk.locator("#rows a").first.click()
    expect(desk.locator("#entries")).to_contain_text("My massager turns off by itself")

    chat.get_by_role("button", name="Get an email instead").click()
    chat.get_by_label("Your email address").fill(DANA)
    chat.get_by_role("button", name="Save").click()
    chat.get_by_role("button", name="Not now").click()
    page.close()

    answer(desk, "A new motor is on its way to you.")
    until(lambda: len(smtp_server.envelopes) == 1)
    [letter] = letters(smtp_server)
    dovecot.deliver(MAILBOX, reply_to(letter, "Wonderful, thank you!"))
    expect(desk.locator("#entries")).to_contain_text("Wonderful, thank you!")
    assert Case.objects.count() == Customer.objects.count() == Conversation.objects.count() == 1
    said = Message.objects.public().in_order().values_list("channel__kind", "text")
    assert [kind for kind, _text in said] == ["chat", "chat", "email"]
