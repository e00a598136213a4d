"""What the desk promises whoever works at it all day, each in a real browser."""

import math
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils.translation import trans_real
from playwright.sync_api import Page, expect

from conversations.models import Agent, Case, Channel, Message, Status, Team
from conversations.services import bulk
from tests.inbox.test_browser import (
    LOOKS,
    PHONE,
    _database_beside_a_loop,
    cases,
    enter,
)  # fmt: skip
from tests.inbox.test_live_browser import DRAFT, listening
from tests.looking import axe, cut, outside, small
from tests.people import answer, make_channel, receive

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]
CARET = "box => [box.value, box.selectionStart, box.selectionEnd]"
OPEN_SOCKETS = """
const Real = window.WebSocket
window.sockets = []
window.WebSocket = class extends Real {
    constructor(...args) { super(...args); window.sockets.push(this) }
}"""
DRIFT = """() => {
    const row = document.activeElement
    const y = row.getBoundingClientRect().y
    window.drift = 0
    const look = () => {
        window.drift = Math.max(window.drift, Math.abs(row.getBoundingClientRect().y - y))
        requestAnimationFrame(look)
    }
    look()
}"""


def drop(page: Page) -> None:
    page.context.set_offline(True)
    page.evaluate("sockets.forEach(socket => socket.close())")
    expect(page.locator("body")).to_have_attribute("data-live", "off")


def test_1_draft_caret_and_channel_survive(
    enter: Enter, cases: list[Case], support: Channel, team: Team, marco: Agent
) -> None:
    returns = make_channel(team, name="returns")
    page = enter("/inbox/me/", excuse="INTERNET_DISCONNECTED")
    page.context.add_init_script(OPEN_SOCKETS)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    listening(page)
    box, said = page.locator("#text"), page.locator("#entries > .entry")
    page.locator("#channel").click()
    page.locator(".ch-pop .opt", has_text="returns").click()
    page.keyboard.press("Escape")
    box.press_sequentially(DRAFT)
    box.evaluate("box => box.setSelectionRange(5, 13)")

    def is_whole() -> None:
        expect(box).to_have_value(DRAFT)
        assert box.evaluate(CARET) == [DRAFT, 5, 13]
        expect(page.locator(f"[name=channel][value='{returns.pk}']")).to_be_checked()

    for number in range(20):
        receive(support, "dana@post.example", f"Live {number}.", subject="Pro 2")
    expect(said.filter(has_text="Live 19.")).to_have_count(1)
    expect(box).to_be_focused()
    is_whole()
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    page.locator(f"#r-{cases[1].pk}").click()
    expect(page.locator("#topic")).to_have_value("About grace")
    expect(box).to_have_value("")
    page.locator(f"#r-{cases[0].pk}").click()
    is_whole()
    page.evaluate("localStorage.clear()")
    page.reload()
    is_whole()
    listening(page)
    drop(page)
    receive(support, "dana@post.example", "While away", subject="Pro 2")
    page.context.set_offline(False)
    expect(said.filter(has_text="While away")).to_have_count(1)
    is_whole()
    answer(cases[0], marco, "Marco was faster")
    expect(said.filter(has_text="Marco was faster")).to_have_count(1)
    is_whole()


def test_2_the_row_in_hand_stays_where_it_is(enter: Enter, support: Channel, priya: Agent) -> None:
    for number in range(20):
        receive(support, f"c{number}@post.example", name=f"C{number}", subject=f"About {number}")
    Case.objects.update(assignee=priya)
    page = listening(enter("/inbox/q/mine/?tab=all&sort=newest"))
    row = page.locator(".row-main").nth(12)
    row.focus()
    row.hover()
    page.evaluate(DRIFT)
    with transaction.atomic():  # so that they come at once
        for number in range(50):
            receive(support, f"c{number % 16}@post.example", f"Update {number}.")
    expect(page.locator("#rows")).to_contain_text("Update 49.")
    expect(page.locator("#moved")).to_contain_text("Update order")
    expect(row).to_be_focused()
    assert page.evaluate("drift") <= 1


def test_3_what_was_missed_comes_once_and_in_order(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    page = enter("/inbox/me/", excuse="INTERNET_DISCONNECTED")
    page.context.add_init_script(OPEN_SOCKETS)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    listening(page)
    page.locator("#text").press_sequentially(DRAFT)
    drop(page)
    expect(page.locator("#offline")).to_contain_text("Offline since")
    for number in range(30):
        receive(support, "dana@post.example", f"Missed {number}.", subject="Pro 2")
    page.context.set_offline(False)
    expect(page.locator("#entries > .entry", has_text="Missed 29.")).to_have_count(1)
    said = page.locator("#entries > .entry", has_text="Missed").all_inner_texts()
    assert [int(re.findall(r"Missed (\d+)\.", text)[0]) for text in said] == list(range(30))
    shown = page.locator("#entries .entry").evaluate_all("all => all.map(one => one.id)")
    expect(page.locator("#text")).to_have_value(DRAFT)
    listening(page)
    page.reload()
    again = page.locator("#entries .entry").evaluate_all("all => all.map(one => one.id)")
    assert shown == again


def test_4_a_send_is_undone_after_its_tab_was_closed(
    enter: Enter, cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=60)
    path = f"/inbox/q/mine/c/{cases[0].pk}/"
    closed = enter(path)
    closed.locator("#text").fill("It goes to Portland.")
    closed.keyboard.press("Control+Enter")
    expect(closed.locator(".toast")).to_contain_text("goes out")
    page = closed.context.new_page()
    closed.close()
    page.goto(path)
    sent = page.locator(".entry", has_text="It goes to Portland.")
    sent.get_by_role("button", name="Undo").click()
    expect(page.locator("#text")).to_have_value("It goes to Portland.")
    expect(sent).to_have_count(0)
    assert Message.objects.get(text="It goes to Portland.").cancelled_at is not None


def test_5_the_keyboard_alone_finds_answers_and_resolves(
    enter: Enter, cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=60)
    first = cases[0]
    page = enter("/inbox/q/mine/")
    press, type_, toast = page.keyboard.press, page.keyboard.type, page.locator(".toast")
    # find, and back
    press("/")
    type_("thank you")
    press("Enter")
    page.wait_for_url("**/inbox/search/**")  # and its scripts listen
    expect(page.locator(".row-main")).to_have_count(1)
    press("j")
    press("Enter")
    expect(page.locator(f"#thread[data-case='{first.pk}']")).to_be_visible()
    # reply, undone, and note
    press("r")
    type_("It goes to Portland.")
    press("Control+Enter")
    expect(toast).to_contain_text("goes out")
    expect(page.locator(".entry", has_text="It goes to Portland.")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")
    press("Escape")
    press("z")
    expect(page.locator("#text")).to_have_value("It goes to Portland.")
    expect(page.locator(".entry", has_text="It goes to Portland.")).to_have_count(0)
    press("Escape")
    press("m")
    type_("Batch 11 again")
    press("Control+Enter")
    expect(page.locator(".note", has_text="Batch 11 again")).to_be_visible()
    press("Escape")
    # resolve, undone, and the next is there
    press("g")
    press("q")
    page.wait_for_url("**/q/mine/")
    press("j")
    press("Enter")
    expect(page.locator("#thread")).to_be_visible()
    number = page.locator("#thread").get_attribute("data-case")
    press("e")
    expect(toast).to_contain_text("Resolved")
    expect(page.locator(f"#thread:not([data-case='{number}'])")).to_be_visible()
    press("z")
    expect(page.locator(f"#thread[data-case='{number}']")).to_be_visible()
    expect(toast).to_contain_text("Open again")
    assert Case.objects.get(pk=int(number or 0)).status == Status.OPEN


def test_5_the_keyboard_alone_assigns_snoozes_and_does_many_at_once(
    enter: Enter, cases: list[Case], marco: Agent
) -> None:
    first, grace, leon = cases
    page = enter(f"/inbox/q/mine/c/{first.pk}/")
    press, toast = page.keyboard.press, page.locator(".toast")
    press("a")
    expect(page.locator("#assign-pop .menu :focus")).to_contain_text("Marco")
    press("Enter")
    expect(page.locator("#assign")).to_contain_text("Marco")
    press("h")
    expect(page.locator("#snooze-pop .menu :focus")).to_have_count(1)
    press("Enter")
    expect(toast).to_contain_text("Put off until")
    assert Case.objects.get(pk=first.pk).status == Status.SNOOZED
    page.goto("/inbox/q/mine/")
    press("j")
    press("x")
    press("j")
    press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2")
    press("a")
    expect(page.locator("#many-assign .menu :focus")).to_have_count(1)
    press("Escape")
    press("e")
    expect(toast).to_contain_text("Done: 2 cases")
    resolved = Case.objects.filter(status=Status.RESOLVED)
    assert set(resolved) == {grace, leon}


PAGES = [
    "/inbox/q/mine/",
    "/inbox/q/mine/c/{}/",
    "/inbox/q/resolved/",
    "/inbox/search/",
    "/inbox/search/?q=it",
    "/inbox/search/?q=zebra",
    "/inbox/search/c/{}/?q=it",
    "/inbox/new/",
    "/inbox/me/",
    "/inbox/q/nowhere/",
]


@pytest.mark.sample(2)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[0])
def test_8_axe_finds_nothing_on_a_page(
    enter: Enter, cases: list[Case], priya: Agent, look: tuple[str, Any]
) -> None:
    language, viewport = look
    Agent.objects.filter(pk=priya.pk).update(language=language)
    page = enter("/inbox/q/mine/", theme="light", viewport=viewport)
    found = {}
    for path in PAGES:
        page.goto(path.format(cases[0].pk))
        if faults := axe(page):
            found[path] = faults
    assert found == {}


def test_8_axe_finds_nothing_in_a_state(enter: Enter, cases: list[Case]) -> None:
    """Menus, the sheet of keys, chosen rows, offline; the palette has a test of its own, and so
    have the ended session and what failed."""
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/", excuse="INTERNET_DISCONNECTED"))
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    # all open at once, they lie over one another
    assert axe(page, apart_from=("target-size",)) == []
    page.set_viewport_size({"width": 1024, "height": 600})
    page.keyboard.press("?")
    expect(page.locator("#keys h2")).to_be_in_viewport()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = false))")
    page.locator(f"#r-{cases[1].pk}").focus()
    page.keyboard.press("x")
    page.context.set_offline(True)
    expect(page.locator("#bulk")).to_be_visible()
    expect(page.locator("#offline")).to_be_visible()
    assert axe(page) == []


def test_8_what_was_just_done_lies_over_nothing_that_is_being_written(
    enter: Enter, cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=60)
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.locator("#text").fill("It goes to Portland.")
    page.locator("#send").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    for width in (1440, 1280, 1024):
        page.set_viewport_size({"width": width, "height": 800})
        over, under = toast.bounding_box(), page.locator("#composer .box").bounding_box()
        assert over is not None
        assert under is not None
        assert over["x"] + over["width"] <= under["x"] + 1


def test_8_a_finger_finds_what_was_just_done_and_the_customer(
    enter: Enter, cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=60)
    path = f"/inbox/q/mine/c/{cases[0].pk}/"
    page = enter(path, viewport=PHONE, has_touch=True)
    page.locator("#text").fill("It goes to Portland.")
    page.locator("#send").click()
    expect(page.locator(".entry [data-undo]")).to_be_visible()
    expect(page.locator(".toast [data-undo]")).to_be_visible()
    assert [axe(page), small(page), outside(page)] == [[], [], []]
    page.goto(f"{path}?show=customer")
    expect(page.locator("#cust-h")).to_be_visible()
    assert [axe(page), small(page), outside(page)] == [[], [], []]
    job = bulk.start(
        agent=priya,
        action="tag",
        params={"name": "later"},
        cases=Case.objects.all(),
        client_id=uuid.uuid4(),
    )
    page.goto(f"/inbox/bulk/{job.pk}/")
    expect(page.get_by_text("Look again")).to_be_hidden()
    assert [axe(page), small(page), outside(page)] == [[], [], []]


@pytest.fixture
def _longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spanish as long as any language may get: each text two fifths longer."""
    spanish: Any = trans_real.translation("es")

    def longer(text: str) -> str:
        more = math.ceil(len(text) * 0.4)
        return text + "ñandú"[:more] if len(text) < 12 else f"{text} {'más ' * more}"[: -3 * more]

    texts: Any = trans_real.TranslationCatalog()
    texts._catalogs = [
        {key: longer(text) if key else text for key, text in one.items()}
        for one in spanish._catalog._catalogs
    ]
    texts._plurals = spanish._catalog._plurals
    monkeypatch.setattr(spanish, "_catalog", texts)


@pytest.mark.parametrize(
    "language", [*(pytest.param(one, marks=pytest.mark.slow) for one in ("en", "es")), "longer"]
)
def test_9_nothing_is_cut(
    enter: Enter,
    cases: list[Case],
    priya: Agent,
    language: str,
    request: pytest.FixtureRequest,
) -> None:
    """In any language, on narrow windows, and at twice the size: that is half the window."""
    if language == "longer":
        request.getfixturevalue("_longer")
    Agent.objects.filter(pk=priya.pk).update(language="en" if language == "en" else "es")
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.fill("#text", "Done")
    expect(page.locator("[data-saved]")).not_to_be_empty()
    found = {}
    for path in (
        f"/inbox/q/mine/c/{cases[0].pk}/",
        "/inbox/q/mine/",
        "/inbox/search/?q=it",
        "/inbox/me/",
    ):
        page.goto(path)
        for width, height in (
            (1440, 900), (1280, 800), (1024, 768), (720, 450), (390, 844), (320, 568),
        ):  # fmt: skip
            page.set_viewport_size({"width": width, "height": height})
            if faults := [*outside(page), *cut(page)]:
                found[path, width] = faults
    assert not found, found
