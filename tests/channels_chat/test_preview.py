"""An admin sees what they type in the chat's frame before it is saved; nobody else words it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from channels_chat.models import ChatSettings
from conversations.models import Agent, Role
from tests.people import make_agent


@pytest.fixture
def lena(db: None) -> Agent:
    return make_agent("lena", role=Role.ADMIN)


@pytest.fixture
def page(live: str, chat: ChatSettings, lena: Agent, context: BrowserContext) -> Iterator[Page]:
    """The chat's own page in the admin."""
    session = Client()
    session.force_login(lena)
    cookie = session.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live}])
    page = context.new_page()
    page.goto(f"{live}/admin/conversations/channel/{chat.channel_id}/change/")
    yield page
    page.close()


@pytest.mark.browser
def test_what_is_typed_shows_before_it_is_saved(page: Page, chat: ChatSettings) -> None:
    light, dark = (
        page.frame_locator(f'iframe[title="{title}"]')
        for title in ("English, light", "Spanish, dark")
    )
    page.locator("chat-preview").scroll_into_view_if_needed()
    expect(light.locator("#greeting")).to_contain_text("Hello")
    typed(page, "greeting_es").fill("Hola, <b>¿qué tal?</b>")
    expect(dark.locator("#greeting")).to_contain_text("Hola, <b>¿qué tal?</b>")
    expect(light.locator("#greeting")).to_contain_text("Hola")
    colour = typed(page, "brand")
    colour.fill("#0a7d3c")
    expect(light.locator("html")).to_have_attribute("style", _with("#0a7d3c"))
    colour.fill("#0a")  # half typed: the saved one
    expect(light.locator("html")).not_to_have_attribute("style", _with("#0a7d3c"))
    away = typed(page, "away_en")
    away.press_sequentially("Back at nine")
    expect(light.locator("#hours")).to_have_text("Back at nine")
    expect(away).to_be_focused()
    chat.refresh_from_db()
    assert (chat.greeting_es, chat.away_en) == ("", "")


def typed(page: Page, name: str) -> Locator:
    return page.locator(f"[name=chat_settings-0-{name}]")


def _with(colour: str) -> re.Pattern[str]:
    return re.compile(f"--brand-l: ?{colour}")


@pytest.fixture
def admin(client: Client, lena: Agent) -> Client:
    client.force_login(lena)
    return client


def drafted(client: Client, chat: ChatSettings, **typed: str) -> str:
    fields = {f"c-{name}": value for name, value in typed.items()}
    answer = client.post(f"/w/{chat.key}/draft?prefix=c", fields)
    assert answer.status_code == 200
    return str(answer.json()["draft"])


def name_shown(chat: ChatSettings, draft: str) -> str:
    query = {"site": "http://testserver", "draft": draft}
    page = Client().get(f"/w/{chat.key}/", query).content.decode()
    start = page.partition('id="start" type="application/json">')[2].partition("</script>")[0]
    return str(json.loads(start)["name"])


def test_a_draft_is_signed_for_one_chat_and_minutes(admin: Client, chat: ChatSettings) -> None:
    draft = drafted(admin, chat, name="Unsaved", brand="#12")
    assert name_shown(chat, draft) == "Unsaved"
    assert name_shown(chat, draft[:-1]) == "Kalma"
    assert name_shown(chat, "x") == "Kalma"
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert name_shown(chat, draft) == "Kalma"
    ChatSettings.objects.update(key="another")
    chat.refresh_from_db()
    assert name_shown(chat, draft) == "Kalma"
    assert chat.name == "Kalma"


def test_only_an_admin_drafts(client: Client, chat: ChatSettings, priya: Agent) -> None:
    for _ in range(2):
        answer = client.post(f"/w/{chat.key}/draft?prefix=c", {"c-name": "Free money"})
        assert answer.status_code == 404
        client.force_login(priya)
