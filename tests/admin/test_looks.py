"""The rooms in a real browser: axe finds nothing, and nothing runs off the page."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.models import WebhookEndpoint, WebhookEvent
from api.webhooks import endpoints
from clocks.models import Calendar
from conversations.adapters.base import Step
from conversations.admin import channel_tests
from conversations.models import Agent, AilingDelivery, Channel, Delivery
from conversations.services import connection
from tests.admin.conftest import WiredPaper
from tests.admin.test_quarantine import set_aside
from tests.looking import LAW, axe, outside
from tests.people import answer, receive

pytestmark = pytest.mark.browser

WORDS_FOR_ICONS = """async () => (await document.fonts.ready, [...document.querySelectorAll(
  '.material-symbols-outlined')].map((e) => [e.textContent.trim(), e.scrollWidth / e.clientHeight])
  .filter(([, shape]) => shape > 1.5).map(([name]) => `no icon: ${name}`))"""
OFF_REQUEST = channel_tests.off_request

ADMIN = "/admin/conversations/"


@pytest.fixture
def house(live: str, support: Channel, lena: Agent, priya: Agent) -> str:
    """A house with something of everything; its address."""
    answer(receive(support, "dana@mail.example", name="Dana Whitfield").case, lena)
    Delivery.objects.update(state="failed", reason_code="mailbox_full", reason_words="452 4.2.2")
    set_aside(support)
    Calendar.objects.create(name="Madrid", time_zone="Europe/Madrid", is_default=True)
    hook = WebhookEndpoint.objects.create(agent=lena, name="Shop", url="https://127.0.0.1:1/hook")
    endpoints.test(endpoint_id=hook.pk, agent=lena)
    support.note_contact()
    WiredPaper.STEPS = [
        Step(code="dns", ok=True, seconds=0.04),
        Step(code="tls", ok=True, seconds=0.21),
        Step(
            code="login",
            ok=False,
            seconds=1.3,
            words="The server says: AUTHENTICATIONFAILED",
            fix="Set an app password and type it again.",
        ),
    ]
    connection.run(connection.begin(channel=support, agent=lena)[0].pk)
    return live


@pytest.fixture
def tab(house: str, lena: Agent, context: BrowserContext) -> Iterator[Page]:
    session = Client()
    session.force_login(lena)
    cookie = session.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": house}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    page.close()


def rooms() -> dict[str, str]:
    support, lost = Channel.objects.get(), AilingDelivery.objects.get()
    lena, odd = Agent.objects.get(username="lena"), support.receipts.get(state="quarantined")
    event = WebhookEvent.objects.get()
    return {
        "overview": "/admin/",
        "channels": f"{ADMIN}channel/",
        "channel": f"{ADMIN}channel/{support.pk}/change/",
        "channel-routing": f"{ADMIN}channel/{support.pk}/change/#routing",
        "channel-log": f"{ADMIN}channel/{support.pk}/change/#log",
        "channel-add": f"{ADMIN}channel/add/",
        "channel-new": f"{ADMIN}channel/add/?kind=paper",
        "channel-test": f"{ADMIN}channel/{support.pk}/test/",
        "channel-remove": f"{ADMIN}channel/{support.pk}/renew/",
        "quarantine": f"{ADMIN}quarantinedreceipt/",
        "quarantined": f"{ADMIN}quarantinedreceipt/{odd.pk}/change/",
        "failed": f"{ADMIN}ailingdelivery/",
        "failed-one": f"{ADMIN}ailingdelivery/{lost.pk}/change/",
        "agents": f"{ADMIN}agent/",
        "agent-new": f"{ADMIN}agent/add/",
        "agent": f"{ADMIN}agent/{lena.pk}/change/",
        "teams": f"{ADMIN}team/",
        "customers": f"{ADMIN}customer/",
        "identities": f"{ADMIN}identity/",
        "receipts": f"{ADMIN}receipt/",
        "calendars": "/admin/clocks/calendar/",
        "calendar": f"/admin/clocks/calendar/{Calendar.objects.get().pk}/change/",
        "calendar-new": "/admin/clocks/calendar/add/",
        "tokens": "/admin/api/apitoken/",
        "token-new": "/admin/api/apitoken/add/",
        "webhooks": "/admin/api/webhookendpoint/",
        "webhook-new": "/admin/api/webhookendpoint/add/",
        "webhook": f"/admin/api/webhookendpoint/{event.endpoint_id}/change/",
        "webhook-log": "/admin/api/webhookevent/",
        "webhook-event": f"/admin/api/webhookevent/{event.pk}/change/",
    }


def test_copies_the_webhook_address(tab: Page, house: str) -> None:
    tab.goto(house + rooms()["channel"])
    tab.get_by_role("button", name="Copy").click()
    expect(tab.get_by_role("button", name="Copied")).to_be_visible()


@pytest.mark.sample(2)
@pytest.mark.parametrize("half", range(2))
def test_axe_finds_nothing_and_nothing_runs_off_the_page(tab: Page, house: str, half: int) -> None:
    found = {}
    for name, path in list(rooms().items())[half::2]:
        tab.set_viewport_size({"width": 390, "height": 900})
        tab.goto(house + path)
        faults = outside(tab)
        tab.set_viewport_size({"width": 1440, "height": 900})
        faults += [*outside(tab), *axe(tab, rules=LAW), *tab.evaluate(WORDS_FOR_ICONS)]
        if faults:
            found[name] = faults
    assert found == {}


def test_steps_appear_as_they_finish(
    tab: Page, house: str, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_tests, "off_request", OFF_REQUEST)
    WiredPaper.STEPS = [
        Step(code="dns", ok=True, seconds=0.1),
        Step(code="slow", ok=True, seconds=1),
    ]
    tab.goto(f"{house}{ADMIN}channel/{support.pk}/test/")
    tab.get_by_role("button", name="Test again").click()
    steps = tab.locator(".hub-steps li")
    expect(steps).to_have_count(2)  # the first one, and that it goes on
    expect(tab.get_by_text("Next step…")).to_be_visible()
    WiredPaper.GATE.set()
    expect(tab.get_by_text("Everything works")).to_be_visible()
    expect(steps).to_have_count(2)
    expect(tab.get_by_role("button", name="Test again")).to_be_enabled()


def test_a_test_can_be_read_without_scripts(
    house: str, lena: Agent, support: Channel, browser: Browser
) -> None:
    session = Client()
    session.force_login(lena)
    cookie = session.cookies["sessionid"].value
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": house}])
    page = context.new_page()
    page.goto(f"{house}{ADMIN}channel/{support.pk}/test/")
    expect(page.get_by_text("Set an app password")).to_be_visible()
    WiredPaper.STEPS = [Step(code="dns", ok=True, seconds=0.1)]
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_text("Everything works")).to_be_visible()
    context.close()
