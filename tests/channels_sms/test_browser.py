"""A text written in a real browser: another channel, and what its letters cost."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from channels_sms import segments
from channels_sms.models import SmsAccount
from conversations.models import Agent, Channel, Delivery
from conversations.services import addresses
from tests import paper
from tests.channels_sms.phone import ANA, write
from tests.looking import axe
from tests.people import make_channel, receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXTS = ["€" * 81, "ó" * 71, "a" * 66 + "😀" + "a" * 5, "a" * 152 + "€" + "a" * 152, "x\ny"]


@pytest.fixture(autouse=True)
def _both(settings: Settings) -> None:
    settings.CHANNEL_ADAPTERS = [
        "tests.paper.PaperAdapter",
        "channels_sms.adapter.SmsAdapter",
    ]
    settings.OMNIHUB_URL = ""
    paper.PROVIDER.reset()


@pytest.fixture(autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


def test_an_answer_goes_by_text_without_its_accents(
    live: str, context: BrowserContext, account: SmsAccount, priya: Agent, client: Client
) -> None:
    """What happens meanwhile shows in the menu: a number that is added, and a STOP."""
    support = make_channel(Channel.objects.get().team)
    case = receive(support, "ana@hey.example", "Where is it?").case
    client.force_login(priya)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live}])
    page = context.new_page()
    page.goto(f"{live}/inbox/q/all/c/{case.pk}/")
    page.locator("#channel").click()
    sms = page.get_by_role("radio", name="SMS")
    expect(page.locator(".opt.off", has=sms)).to_be_visible()
    addresses.add(customer_id=case.conversation.customer_id, agent=priya, typed=ANA)
    expect(page.locator(".opt:not(.off)", has=sms)).to_contain_text(ANA[-4:])
    expect(page.locator(f'[name=channel][value="{support.pk}"]')).to_be_checked()
    sms.check()
    expect(page.locator("[name=to]")).to_have_value(ANA)
    expect(page.locator("sms-count [data-count]")).to_be_empty()
    _counts_as_the_server_does(page)
    page.locator("#text").fill("Ya está en camino, llega mañana por la mañana: " + "x" * 30)
    expect(page.locator("sms-count")).to_contain_text("“á” makes this 2 parts.")
    assert axe(page) == []
    page.get_by_role("button", name="Send as 1 without accents?").click()
    expect(page.locator("sms-count")).to_contain_text("77 · 1 part")
    page.locator("#send").click()
    expect(page.locator(".entry .msg.out .prose")).to_contain_text(
        "Ya esta en camino, llega mañana"
    )
    assert Delivery.objects.get().recipients.get().address == ANA
    with override_settings(OMNIHUB_URL="https://hub.example"):  # as what comes in is signed
        write(account.channel, "STOP")
    expect(page.locator(".opt.off", has_text="SMS")).to_contain_text("Opted out of texts on")
    expect(page.locator("[name=for_channel]")).to_have_value(str(support.pk))
    expect(page.locator("#text")).to_be_empty()


def _counts_as_the_server_does(page: Page) -> None:
    for text in TEXTS:
        page.locator("#text").fill(text)
        found = segments.measure(text)
        parts = "1 part" if found.parts == 1 else f"{found.parts} parts"
        expect(page.locator("sms-count [data-count]")).to_have_text(f"{found.units} · {parts}")
