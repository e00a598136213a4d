"""The desk when things go wrong between it and the hub: no word is lost, none goes out twice."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import APIResponse, Error, Page, Request, Route, expect

from conversations.models import Agent, Case, Change, Channel, Draft, Message, ReadMark
from conversations.services import merge_customers
from tests.inbox.tab import wait_for
from tests.inbox.test_browser import _database_beside_a_loop, cases, enter
from tests.inbox.test_live_browser import listening
from tests.people import receive

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]
FULL = (
    """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }"""
)
HURRIED = """
const real = AbortSignal.timeout
AbortSignal.timeout = (after) => real.call(AbortSignal, after / 30)"""
FIRST, SECOND = "We send another.", "And it goes out today."


def soon(page: Page, true: Callable[[], bool]) -> None:
    """Wait while the browser goes on."""

    def is_so() -> bool:
        page.wait_for_timeout(10)
        return true()

    wait_for(is_so)


def held_up(page: Page, path: str) -> list[Route]:
    """What is asked of an address from now on; it gets no answer."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(path, hold)
    return held


def test_a_thread_that_was_joined_to_another_is_still_told_of(
    enter: Enter, cases: list[Case], support: Channel, priya: Agent
) -> None:
    younger = cases[1]
    page = listening(enter(f"/inbox/q/mine/c/{younger.pk}/"))
    before = page.locator("#thread").get_attribute("data-revision") or ""
    merge_customers.merge(case_id=cases[0].pk, agent=priya, other_case_id=younger.pk, cause="Same")
    expect(page.locator("#thread")).not_to_have_attribute("data-revision", before)
    receive(support, "grace@post.example", "Told in the joined thread", subject="About grace")
    told = page.locator("#entries > .entry", has_text="Told in the joined thread")
    expect(told).to_have_count(1)


def test_a_page_that_could_not_be_read_anew_is_read_with_the_next_look(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    page = listening(
        enter(f"/inbox/q/mine/c/{cases[0].pk}/", excuse="status of 500|INTERNET_DISCONN")
    )
    failed: list[str] = []

    def fail(route: Route) -> None:
        route.fulfill(status=500)
        failed.append(route.request.url)

    page.route("**/feed", fail)
    receive(support, "dana@post.example", "Missed one", subject="Pro 2")
    expect(page.locator("#entries > .entry", has_text="Missed one")).to_have_count(1)
    page.context.set_offline(True)
    receive(support, "dana@post.example", "Missed two", subject="Pro 2")
    Change.objects.all().delete()
    page.context.set_offline(False)
    soon(page, lambda: bool(failed))
    page.unroute("**/feed")
    receive(support, "dana@post.example", "Missed three", subject="Pro 2")
    expect(page.locator("#entries > .entry", has_text="Missed three")).to_have_count(1)
    expect(page.locator("#entries > .entry", has_text="Missed two")).to_have_count(1)


def test_a_thread_read_anew_leaves_the_next_one_alone(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    first, second, _third = cases
    page = listening(enter(f"/inbox/q/mine/c/{first.pk}/"))
    held = held_up(page, f"**/c/{first.pk}/feed")
    receive(support, "dana@post.example", "More", subject="Pro 2")
    Change.objects.filter(conversation=first.conversation).delete()
    page.evaluate("document.dispatchEvent(new CustomEvent('live:again'))")
    soon(page, lambda: bool(held))
    page.locator(f"#c-{second.pk} .row-main").click()
    expect(page.locator("#topic")).to_have_value("About grace")
    with page.expect_response(lambda answer: answer.url.endswith("/feed")):
        held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#topic")).to_have_value("About grace")
    expect(page.locator("#pane")).not_to_contain_text("Dana")


def test_words_are_kept_by_the_hub_where_the_browser_has_no_room(
    enter: Enter, cases: list[Case]
) -> None:
    page = enter("/inbox/q/mine/", excuse="QuotaExceeded|full")
    page.add_init_script(FULL)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    listening(page)
    page.locator("#text").press_sequentially(FIRST)
    soon(page, lambda: Draft.objects.filter(text=FIRST).exists())
    page.reload()
    expect(page.locator("#text")).to_have_value(FIRST)


def test_what_was_written_after_words_whose_answer_was_lost_is_not_lost_with_it(
    enter: Enter, cases: list[Case]
) -> None:
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/", excuse="ERR_FAILED|^htmx:|409"))
    box = page.locator("#text")
    held = held_up(page, "**/messages")
    box.press_sequentially(FIRST)
    box.press("Control+Enter")
    soon(page, lambda: bool(held))
    box.press_sequentially(SECOND)
    held[0].fetch()
    held[0].abort()
    page.unroute("**/messages")
    problem = page.locator("#composer-problem")
    expect(problem).not_to_be_empty()
    problem.evaluate("it => it.querySelector('.failed button')?.click()")  # or the page has
    expect(problem).to_contain_text(f"This is sent already: {FIRST}")
    expect(box).to_have_value(f"{FIRST}\n\n{SECOND}")
    box.fill(SECOND)
    box.press("Control+Enter")
    expect(page.locator("#entries > .entry", has_text=SECOND)).to_have_count(1)
    expect(page.locator("#entries > .entry", has_text=FIRST)).to_have_count(1)
    expect(box).to_have_value("")
    sent = Message.objects.filter(text__in=[FIRST, SECOND]).order_by("pk")
    assert [message.text for message in sent] == [FIRST, SECOND]


def test_what_came_while_another_window_had_the_focus_is_read_on_coming_back(
    enter: Enter, cases: list[Case], support: Channel, priya: Agent
) -> None:
    case = cases[0]
    page = listening(enter(f"/inbox/q/mine/c/{case.pk}/"))
    page.evaluate("document.hasFocus = () => false")
    came = receive(support, "dana@post.example", "Seen from afar", subject="Pro 2")
    expect(page.locator("#entries > .entry", has_text="Seen from afar")).to_be_in_viewport()
    page.wait_for_timeout(1500)  # in view, and not read: nobody sits there
    assert not ReadMark.objects.filter(agent=priya, case=case, read_at__gte=came.sorted_at).exists()
    page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))")
    soon(
        page,
        ReadMark.objects.filter(agent=priya, case=case, read_at__gte=came.sorted_at).exists,
    )


def test_a_question_that_is_never_answered_holds_up_no_other(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    page = enter("/inbox/q/mine/")
    page.add_init_script(HURRIED)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    listening(page)
    asked: list[Route] = []

    def hold_the_first(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route("**/changes?**", hold_the_first)
    receive(support, "dana@post.example", "Asked about in vain", subject="Pro 2")
    soon(page, lambda: bool(asked))
    page.wait_for_timeout(1200)  # the way is dead for good, and no bell comes meanwhile
    receive(support, "dana@post.example", "Asked about again", subject="Pro 2")
    for words in ("in vain", "again"):
        told = page.locator("#entries > .entry", has_text=f"Asked about {words}")
        expect(told).to_have_count(1)


@pytest.mark.parametrize("by", ["reload", "row"])
def test_a_page_from_before_the_last_save_takes_no_word(
    enter: Enter, cases: list[Case], by: str
) -> None:
    # what a test answers for the hub is of another network to the browser
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/", excuse="LOCAL_NETWORK"))
    early: list[APIResponse] = []

    def answer_as_before(route: Route) -> None:
        if not early:
            early.append(route.fetch())
        route.fulfill(response=early[0])

    def go(case: Case) -> None:
        page.locator(f"#r-{case.pk}").click()
        expect(page.locator(f"#thread[data-case='{case.pk}']")).to_be_visible()

    def come() -> None:
        if by == "reload":
            page.reload()
        else:
            go(cases[1])
            go(cases[0])

    page.route(f"**/inbox/q/mine/c/{cases[0].pk}/*", answer_as_before)
    come()
    page.locator("#text").press_sequentially(FIRST)
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    come()
    expect(page.locator("#text")).to_have_value(FIRST)
    page.locator("#text").press_sequentially(SECOND)
    soon(page, lambda: Draft.objects.filter(text=FIRST + SECOND).exists())
    expect(page.locator("#composer-problem")).to_be_empty()


@pytest.mark.parametrize("ahead", [False, True], ids=["asked for", "come ahead"])
def test_of_two_cases_opened_at_once_the_last_one_stays(
    enter: Enter, cases: list[Case], ahead: bool
) -> None:
    slow, last, start = cases
    page = listening(enter(f"/inbox/q/mine/c/{start.pk}/", excuse="^htmx:"))
    if ahead:
        with page.expect_response(f"**/c/{last.pk}/*"):
            page.locator(f"#r-{last.pk}").hover()
    held = held_up(page, f"**/c/{slow.pk}/*")
    ended: list[Request] = []

    def end(request: Request) -> None:
        if f"/c/{slow.pk}/" in request.url:
            ended.append(request)

    page.on("requestfinished", end)
    page.on("requestfailed", end)
    page.locator(f"#r-{slow.pk}").evaluate("row => row.click()")
    soon(page, lambda: bool(held))
    page.locator(f"#r-{last.pk}").evaluate("row => row.click()")
    expect(page.locator(f"#thread[data-case='{last.pk}']")).to_be_visible()
    for route in held:
        with suppress(Error):  # given up meanwhile
            route.continue_()
    soon(page, lambda: bool(ended))
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
    expect(page.locator(f"#thread[data-case='{last.pk}']")).to_be_visible()
    assert f"/c/{last.pk}/" in page.url
