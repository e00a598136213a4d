"""Nobody looks: the title counts, and one of the tabs tells."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from conversations.models import Agent, Case, Channel, Team
from conversations.services import assignment
from tests.inbox.test_browser import _database_beside_a_loop, cases, enter
from tests.inbox.test_live_browser import listening
from tests.looking import until
from tests.people import make_agent, receive

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

UNSEEN = """
document.hasFocus = () => false
window.shown = []
window.Notification = class {
    static permission = "granted"
    constructor(title, options) { window.shown.push([title, options.body]); window.last = this }
}"""

ASKED = """times => performance.getEntriesByType("resource")
    .filter(({ name }) => name.includes("/inbox/news")).length >= times"""


def shown(*tabs: Page) -> list[list[str]]:
    found: list[list[str]] = []
    for tab in tabs:
        found += tab.evaluate("window.shown")
    return found


def asks(tab: Page, times: int) -> None:
    """Until a tab has asked so often and told what it was to tell."""
    tab.wait_for_function(ASKED, arg=times)
    key = f"news-{tab.locator('body').get_attribute('data-agent')}"
    tab.evaluate("key => navigator.locks.request(key, () => true)", key)


def test_the_title_counts_and_one_tab_tells(
    enter: Callable[..., Page], cases: list[Case], support: Channel, team: Team
) -> None:
    first = enter("/inbox/me/")
    expect(first.locator("#allowed button")).to_be_visible()
    first.context.add_init_script(UNSEEN)
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto("/inbox/q/mine/")
        listening(tab)
        expect(tab).to_have_title("(3) My queue · OmniHub")
        asks(tab, 1)
    boss: Agent = make_agent("Lena Ortiz", team, role="admin")
    case = receive(support, "omar@post.example", "Hm", name="Omar Haddad", subject="Lid").case
    priya = Agent.objects.get(username="priya")
    assignment.assign(case_id=case.pk, agent=boss, assignee_id=priya.pk)
    for tab in (first, second):
        expect(tab).to_have_title("(4) My queue · OmniHub")
    until(first, lambda: bool(shown(first, second)))
    for tab in (first, second):
        asks(tab, 2)
    assert shown(first, second) == [["Omar Haddad", "Assigned to you: Lid"]]
    teller = next(tab for tab in (first, second) if shown(tab))
    teller.evaluate("window.last.onclick()")
    teller.wait_for_url(f"**/c/{case.pk}/")
    expect(teller).to_have_title("(4) Omar Haddad, Lid · OmniHub")
    teller.goto("/inbox/me/")
    expect(teller.get_by_text("This browser shows notifications.")).to_be_visible()
    expect(teller.locator("#allow")).to_be_hidden()
