"""Handing a message on, in a real browser: by keyboard, undone, and without scripts."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conversations.models import Agent, Case, Channel, Draft, Message
from conversations.services import pass_on
from tests.inbox.test_browser import (
    PHONE,
    SEEN,
    _database_beside_a_loop,
    enter,
)  # fmt: skip
from tests.looking import axe, outside
from tests.people import receive

__all__ = ["_database_beside_a_loop", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUPPLIER = "supplier@parts.example"


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    found = receive(
        support, "dana@post.example", "It stops", name="Dana Whitfield", subject="Pro 2",
        files={"motor.txt": "a picture", "bill.txt": "a bill"},
    ).case  # fmt: skip
    Case.objects.update(assignee=priya)
    return found


def test_by_keyboard_and_undone(enter: Callable[..., Page], case: Case, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(undo_seconds=20)
    page = enter(f"/inbox/q/mine/c/{case.pk}/")
    page.keyboard.press("Shift+F")
    expect(page.locator("#aside-h")).to_have_text("Forwarding to")
    expect(page.locator("#e-to")).to_be_focused()
    page.keyboard.type(SUPPLIER)
    page.keyboard.press("Tab")
    expect(page.locator("[data-to]")).to_have_text(SUPPLIER)
    page.locator("#words").fill("Please look")
    page.get_by_label("bill.txt").uncheck()
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    page.locator("#words").press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("goes out")
    sent = page.locator(".mail.is-aside")
    expect(sent).to_contain_text("The customer does not see this")
    expect(sent).to_contain_text("motor.txt")
    expect(sent).not_to_contain_text("bill.txt")
    page.keyboard.press("z")
    expect(page.locator("#words")).to_have_value("Please look")
    expect(page.get_by_label("motor.txt")).to_be_checked()
    expect(page.get_by_label("bill.txt")).not_to_be_checked()
    expect(page.locator(".mail.is-aside")).to_have_count(0)


def test_a_refusal_keeps_the_words(enter: Callable[..., Page], case: Case) -> None:
    page = enter(f"/inbox/c/{case.pk}/forward?m={case.messages.get().pk}")
    page.locator("#e-to").fill("dana@post.example")
    page.locator("#words").fill("Please look")
    page.locator("#send").click()
    expect(page.locator("#composer-problem")).to_contain_text("the customer's own address")
    expect(page.locator("#words")).to_have_value("Please look")
    page.locator("#e-to").fill(SUPPLIER)
    page.locator("#send").click()
    page.wait_for_url("**/q/all/c/**")
    expect(page.locator(".mail.is-aside")).to_have_count(1)
    page.locator(".entry:has(.is-aside)").hover()
    page.get_by_text("Write to them").click()
    expect(page.locator("#e-to")).to_have_value(SUPPLIER)
    expect(page.locator("#words")).to_have_value("")
    assert not Draft.objects.exists()


@pytest.mark.slow
def test_without_scripts_on_a_phone(enter: Callable[..., Page], case: Case) -> None:
    page = enter(f"/inbox/q/mine/c/{case.pk}/", java_script_enabled=False, viewport=PHONE)
    page.locator(".entry", has_text="It stops").hover()
    page.get_by_text("Forward…").click()
    page.locator("#e-to").fill(SUPPLIER)
    page.locator("#words").fill("Please look")
    page.locator("#send").click()
    assert "/q/mine/c/" in page.url
    assert Message.objects.get(is_aside=True).addressees[0]["address"] == SUPPLIER


@pytest.mark.slow
@pytest.mark.parametrize("look", SEEN, ids=lambda look: look[0])
def test_axe_finds_nothing(
    enter: Callable[..., Page],
    case: Case,
    support: Channel,
    priya: Agent,
    look: tuple[str, Any],
) -> None:
    language, viewport = look
    Agent.objects.filter(pk=priya.pk).update(language=language)
    first = case.messages.get()
    sent = pass_on.send(
        case_id=case.pk, agent=priya, to=[SUPPLIER], text="Please look, is it the fuse?",
        message_ids=[first.pk], client_id=uuid.uuid4(),
    )  # fmt: skip
    said = receive(
        support, SUPPLIER, "It is the fuse. We send one on Monday.", name="Sam Parts",
        subject="Re: Fwd: Pro 2", references=[sent.message_id],
    )  # fmt: skip
    page = enter(f"/inbox/q/mine/c/{case.pk}/", theme="light", viewport=viewport)
    for path in (
        f"/inbox/q/mine/c/{case.pk}/",
        f"/inbox/c/{case.pk}/forward?m={first.pk}&from=mine",
        f"/inbox/c/{case.pk}/forward?to={said.pk}&from=mine",
    ):
        page.goto(path)
        assert axe(page) + outside(page) == [], path
