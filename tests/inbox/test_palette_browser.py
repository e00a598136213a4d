"""The command palette by the keyboard alone: finds, does, snoozes by words; under axe's eyes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from conversations.models import Case, Status
from tests.inbox.test_browser import (
    _database_beside_a_loop,
    cases,
    enter,
)  # fmt: skip
from tests.looking import axe

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_finds_does_and_snoozes(enter: Callable[..., Page], cases: list[Case]) -> None:
    first, grace, _leon = cases
    page = enter(f"/inbox/q/mine/c/{first.pk}/", excuse="ERR_FAILED")
    field, chosen = page.get_by_role("combobox"), page.locator("#palette [aria-selected=true]")
    page.locator("#text").focus()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    expect(page.locator("#pal-about")).to_have_text("Dana Whitfield · Pro 2")
    expect(chosen).to_contain_text("Reply")
    expect(page.locator("#palette [role=option]:visible")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.locator("#text")).to_be_focused()
    # a case, found by its topic
    page.keyboard.press("Control+k")
    page.keyboard.type("ana")
    expect(page.locator("#palette [role=option][data-press]:visible")).to_have_count(0)
    field.fill("")
    page.keyboard.type("about gra")
    expect(chosen).to_contain_text("About grace")
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#th-top")).to_have_attribute("data-about", "Grace · About grace")
    # what was opened before stands there without a word
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Dana Whitfield")).to_be_visible()
    page.keyboard.type("#fragile")
    page.keyboard.press("Enter")
    expect(page.locator("#j-tags")).to_have_text("fragile")
    # words and Enter at once: it waits for what they mean, and the next case opens
    page.keyboard.press("Control+k")
    page.keyboard.type("snooze yesterday")
    expect(page.locator(".pal-says")).to_have_text("Choose a time that is still to come.")
    field.fill("")
    page.keyboard.type("> posponer mañana 9")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Put off until")
    expect(page.locator("#th-top")).not_to_have_attribute("data-about", "Grace · About grace")
    assert Case.objects.get(pk=grace.pk).status == Status.SNOOZED
    # an action of the page, by arrows, and on to the next
    page.goto(f"/inbox/q/mine/c/{first.pk}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("priority")
    expect(page.locator("#palette [role=option]:visible", has_text="Priority")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("High")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#th-top")).to_have_attribute("data-about", "Leon · About leon")
    assert Case.objects.get(pk=first.pk).priority == 2
    # without the hub what the page can do is still there
    page.route("**/inbox/palette/**", lambda route: route.abort())
    page.keyboard.press("Control+k")
    page.keyboard.type("resolve")
    expect(page.locator(".pal-says")).to_contain_text("could not be asked")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Resolved: About leon")


def test_goes_to_a_view_from_among_its_own_rows(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[1].pk}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("my queue")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/q/mine/")
