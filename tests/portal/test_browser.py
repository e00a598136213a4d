"""In a real browser: a link's button, the thread on a phone, and an answer, with scripts and
without."""

import re
import uuid

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from channels_chat.models import ChatSettings
from conversations.models import Agent, Channel, Message, Team
from conversations.services import continuing
from tests.looking import axe
from tests.people import answer, make_agent, make_channel, receive
from tests.portal.conftest import DANA

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_link_leads_to_the_thread_and_an_answer_stays_there(
    live: str, browser: Browser, settings: Settings, scripts: bool
) -> None:
    settings.OMNIHUB_URL = live
    settings.CHANNEL_ADAPTERS = [*settings.CHANNEL_ADAPTERS, "channels_chat.adapter.ChatAdapter"]
    support = make_channel(Team.objects.default())
    priya, case = make_agent("Priya Nair"), receive(support, DANA, "It does not start").case
    link = _link(case.pk, priya, support)
    phone = {"width": 390, "height": 844}
    context = browser.new_context(base_url=live, java_script_enabled=scripts, viewport=phone)  # type: ignore[arg-type]  # as Playwright has it
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Show my messages").click()
    expect(page.get_by_text("It does not start", exact=True)).to_be_visible()
    box = page.get_by_role("textbox", name="Message")
    box.fill("Half a sente")
    page.reload()
    expect(box).to_have_value("Half a sente" if scripts else "")
    box.fill("It works now")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("article.me p").last).to_have_text("It works now")
    expect(box).to_have_value("")
    if scripts:
        _go_on_in_the_chat(page, _link(case.pk, priya, support, into=_chat()))
        page.goto("/p/")
        answer(case, priya, "Glad to hear it")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.get_by_text("Glad to hear it")).to_be_in_viewport()
        assert axe(page) == []
    page.locator("summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Your messages")).to_be_visible()
    assert Message.objects.filter(text="It works now").count() == 1
    context.close()


def _chat() -> int:
    channel = Channel.objects.create(
        kind="chat", name="shop", label="Shop chat", team=Team.objects.default()
    )
    return ChatSettings.objects.create(channel=channel, name="Kalma").channel_id


def _go_on_in_the_chat(page: Page, link: str) -> None:
    """Into the same case; what opened it is in no address, and a reload goes on."""
    page.goto(link)
    page.get_by_role("button", name="Open the chat").click()
    expect(page.get_by_text("It works now", exact=True)).to_be_visible()
    page.reload()
    page.locator("#words").fill("And in the chat")
    page.locator("#words").press("Enter")
    expect(page.locator(".b.me").last).to_contain_text("And in the chat")
    expect(page.locator(".b.pend")).to_have_count(0)
    assert axe(page) == []
    assert Message.objects.get(text="And in the chat").case == Message.objects.earliest("pk").case
    assert not [one for one in page.context.cookies() if one["name"] == "omnihub_go_on"]


def _link(case_id: int, agent: Agent, channel: Channel, into: int | None = None) -> str:
    sent = continuing.ask(
        case_id=case_id,
        agent=agent,
        channel_id=channel.pk,
        client_id=uuid.uuid4(),
        into_id=into,
    )
    found = re.search(r"http\S+/p/[\w-]+/", sent.text)
    assert found
    return found.group()
