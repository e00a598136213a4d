"""Splitting and merging in a real browser: without scripts, by keyboard, under axe's eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from conversations.models import Agent, Case, Rearrangement
from conversations.services import merge_customers
from tests.inbox.test_browser import (
    SEEN,
    _database_beside_a_loop,
    cases,
    enter,
)  # fmt: skip
from tests.looking import axe, outside

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_merged_and_split_without_scripts(enter: Callable[..., Page], cases: list[Case]) -> None:
    first, grace, _leon = cases
    page = enter(f"/inbox/c/{first.pk}/merge", java_script_enabled=False)
    page.get_by_label("Number, topic or customer").fill("grace")
    page.locator("#main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="About grace").first.click()
    expect(page.get_by_role("heading", name="Merge two customers")).to_be_visible()
    page.get_by_label("Why").fill("Same phone")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("One customer now")
    expect(page.locator("#entries")).to_contain_text("into one customer: Same phone")
    page.goto(f"/inbox/q/all/c/{grace.pk}/")
    page.locator("#entries").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("Undone")
    assert Case.objects.get(pk=grace.pk).conversation_id == grace.conversation_id


def test_split_by_the_keyboard(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter(f"/inbox/c/{cases[0].pk}/split?from=mine")
    page.get_by_role("checkbox").last.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Goes: 1")).to_be_visible()
    page.get_by_label("Topic of the new case").focus()
    page.keyboard.type("One question")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Split off into case")
    page.keyboard.press("z")
    expect(page.locator(".toast")).to_contain_text("Undone")
    assert Rearrangement.objects.standing().count() == 0


@pytest.mark.slow
@pytest.mark.parametrize("look", SEEN, ids=lambda look: look[0])
def test_axe_finds_nothing_on_both_sides(
    enter: Callable[..., Page], cases: list[Case], priya: Agent, look: tuple[str, Any]
) -> None:
    language, viewport = look
    Agent.objects.filter(pk=priya.pk).update(language=language)
    first, grace, leon = cases
    merge_customers.merge(case_id=first.pk, agent=priya, other_case_id=grace.pk, cause="x")
    mail = first.messages.filter(kind="message").latest("pk").pk
    page = enter("/inbox/q/mine/", theme="light", viewport=viewport)
    for path in (
        f"/inbox/c/{first.pk}/split",
        f"/inbox/c/{first.pk}/split?m={mail}",
        f"/inbox/c/{first.pk}/merge?q=leon",
        f"/inbox/c/{first.pk}/merge/{grace.pk}",
        f"/inbox/c/{first.pk}/merge/{leon.pk}",
        f"/inbox/q/all/c/{first.pk}/",
    ):
        page.goto(path)
        assert axe(page) + outside(page) == [], path
