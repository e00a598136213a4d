"""The open desk in a real browser: it keeps up, and leaves alone what somebody has in hand."""

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, Route, expect

from conversations.models import Agent, Case, Channel, Draft, Message, Team
from conversations.services import assignment, notes
from tests.inbox.test_browser import PHONE, WIDE, _database_beside_a_loop, cases, enter
from tests.looking import axe, settle, small
from tests.people import answer, make_channel, receive

__all__ = ["_database_beside_a_loop", "cases", "enter"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Enter = Callable[..., Page]
DRAFT = "Half a sentence, and a second one."
NO_SOCKET = """window.WebSocket = class {
    constructor() { setTimeout(() => this.onclose?.(new CloseEvent("close"))) }
}"""
OUTLINE = """() => {
    const { content, visibility } = getComputedStyle(document.getElementById("pane"), "::after")
    return content !== "none" && visibility === "visible"
}"""
IMPATIENT = "const real = setInterval; window.setInterval = (what, ms) => real(what, ms / 20)"


def listening(page: Page) -> Page:
    expect(page.locator("body")).to_have_attribute("data-live", "on")
    return page


def long_thread(enter: Enter, case: Case, marco: Agent) -> Page:
    """More than a window shows at once."""
    for number in range(12):
        notes.add(case_id=case.pk, agent=marco, text=f"{number} " * 60, client_id=uuid.uuid4())
    return listening(enter(f"/inbox/q/mine/c/{case.pk}/"))


def test_a_message_comes_into_list_and_thread_while_somebody_writes(
    enter: Enter, cases: list[Case], support: Channel, marco: Agent
) -> None:
    page = long_thread(enter, cases[0], marco)
    feed = page.locator("#feed")
    feed.evaluate("box => { box.scrollTop = 400 }")
    page.locator("#text").press_sequentially(DRAFT)
    page.locator("#text").evaluate("box => box.setSelectionRange(5, 13)")
    page.locator(f"#c-{cases[1].pk} .pick input").check(force=True)
    page.locator("#text").focus()
    top = feed.evaluate("box => box.scrollTop")
    receive(support, "dana@post.example", "It stopped again", subject="Pro 2")
    receive(support, "grace@post.example", "Are you there?", subject="About grace")
    answer(cases[0], marco, "Marco was faster")
    expect(page.locator("#entries > .entry", has_text="It stopped again")).to_have_count(1)
    expect(page.locator("#entries > .entry", has_text="Marco was faster")).to_have_count(1)
    expect(page.locator(f"#c-{cases[0].pk} .wait")).to_have_count(0)
    expect(page.locator(f"#c-{cases[1].pk}")).to_contain_text("Are you there?")
    expect(page.locator("#newer")).to_have_text("1 new message ↓")
    again = page.locator("#wrote-again")
    expect(again).to_contain_text(re.compile(r"Dana wrote again, \d\d:\d\d\. Show"))
    box = page.locator("#text")
    expect(box).to_have_value(DRAFT)
    expect(box).to_be_focused()
    assert box.evaluate("box => [box.selectionStart, box.selectionEnd]") == [5, 13]
    assert abs(feed.evaluate("box => box.scrollTop") - top) <= 1
    expect(page.locator(f"#c-{cases[1].pk} .pick input")).to_be_checked()
    again.get_by_role("link").click()
    expect(page.locator("#entries > .entry", has_text="It stopped again")).to_be_in_viewport()
    expect(again).to_be_hidden()
    page.reload()
    expect(page.locator("#text")).to_have_value(DRAFT)


def test_what_is_sent_while_offline_goes_out_once_the_way_is_back(
    enter: Enter, cases: list[Case], priya: Agent
) -> None:
    excuse, path = "INTERNET_DISCONN|ERR_FAILED|^htmx:", f"/inbox/q/mine/c/{cases[0].pk}/"
    page = listening(enter(path, excuse=excuse))
    line = page.locator("#offline")
    page.context.set_offline(True)
    expect(line).to_have_text(re.compile(r"Offline since \d\d:\d\d\. You can keep writing\.$"))
    page.locator("#text").press_sequentially(DRAFT)
    page.locator("#text").press("Control+Enter")
    expect(page.locator("#composer-problem .failed")).to_contain_text("could not be reached")
    expect(line).to_contain_text("You can keep writing, 1 message waits.")
    expect(page.locator("#text")).to_have_value(DRAFT)
    # another tab's waits as well
    unsent = f"unsent:{priya.pk}:{cases[1].pk}"
    page.evaluate(OF_ANOTHER_TAB, [unsent, "{}"])
    expect(line).to_contain_text("You can keep writing, 2 messages wait.")
    page.evaluate(OF_ANOTHER_TAB, [unsent, None])
    expect(line).to_contain_text("1 message waits.")
    # nothing leads away from what was written, and nothing is put an end to
    for away in ("#more-pop a[href*=merge]", "#spam"):
        page.locator(away).evaluate("(pressed) => pressed.click()")
        expect(page.locator("#offline")).to_contain_text("this has to wait")
    expect(page.locator("#text")).to_have_value(DRAFT)
    page.context.set_offline(False)
    expect(page.locator("#entries > .entry", has_text=DRAFT)).to_have_count(1)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#text")).to_have_value("")
    assert Message.objects.filter(text=DRAFT).count() == 1
    # nor is it lost with the page
    leave_unsent(page, "Sent from another page")
    page.goto(path)
    expect(page.locator("#entries > .entry", has_text="Sent from another page")).to_have_count(1)
    expect(page.locator(".ghost")).to_have_count(0)
    expect(page.locator("#note")).to_have_value("")
    # but much later it has to be read again first
    leave_unsent(page, "Read again first")
    page.evaluate(AGED)
    said: list[str] = []
    page.on("request", lambda request: said.append(request.url))
    page.goto(path, wait_until="networkidle")
    assert not [url for url in said if url.endswith("/messages")]
    expect(page.locator("#note")).to_have_value("Read again first")
    page.locator("#kind-note").check(force=True)
    page.locator("#note").press("Control+Enter")
    expect(page.locator("#entries > .entry", has_text="Read again first")).to_have_count(1)
    expect(page.locator(".ghost")).to_have_count(0)
    texts = [*Message.objects.filter(kind="note").values_list("text", flat=True)]
    assert (texts.count("Sent from another page"), texts.count("Read again first")) == (1, 1)


OF_ANOTHER_TAB = """([key, value]) => {
  value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value)
  dispatchEvent(new StorageEvent("storage", { key }))
}"""
AGED = """() => {
  const key = Object.keys(localStorage).find((name) => name.startsWith("unsent:"))
  const kept = JSON.parse(localStorage[key])
  localStorage[key] = JSON.stringify({ ...kept, at: kept.at - 7_200_000 })
}"""


def test_offline_a_list_says_so_and_nothing_leads_away_from_it(
    enter: Enter, cases: list[Case]
) -> None:
    page = listening(enter("/inbox/q/mine/", excuse="INTERNET_DISCONN|ERR_FAILED|^htmx:"))
    page.locator(f"#c-{cases[1].pk} .pick input").check(force=True)
    page.context.set_offline(True)
    line = page.locator("#list > .tabs + #offline")
    expect(line).to_contain_text("Offline since")
    for away in (page.locator(".tabs a").last, page.locator("#bulk [value=resolve]")):
        away.click()
        expect(line).to_contain_text("this has to wait")
    page.evaluate("document.dispatchEvent(new CustomEvent('live:again'))")
    expect(line).to_be_visible()
    expect(page.locator("[data-chosen]")).to_have_text("1")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    page.locator(f"#r-{cases[0].pk}").click()
    expect(page.locator("#thread")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator("#th-problem + #offline")).to_contain_text("Offline since")
    # what the page can do by itself it does
    page.locator("#to-customer").evaluate("link => link.click()")
    expect(page.locator("#offline")).to_contain_text("Offline since")


def leave_unsent(page: Page, text: str) -> None:
    """Write a note that does not get through, and leave its page."""
    page.route("**/messages", lambda route: route.abort())
    page.locator("#kind-note").check(force=True)
    page.locator("#note").fill(text)
    page.locator("#note").press("Control+Enter")
    expect(page.locator("#composer-problem .failed")).to_contain_text("could not be reached")
    page.goto("/inbox/me/")
    page.unroute("**/messages")


def test_the_next_thread_is_there_before_it_is_opened(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    page = listening(enter("/inbox/q/mine/"))
    path = f"/inbox/q/mine/c/{cases[1].pk}/"
    with page.expect_request_finished(lambda request: request.url.endswith(path)):
        page.locator(f"#r-{cases[1].pk}").hover()
    settle(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(f"#r-{cases[1].pk}").click()
    expect(page.locator("#topic")).to_have_value("About grace")
    expect(page.locator(f"#c-{cases[1].pk}[data-current]")).to_have_count(1)
    expect(page).to_have_title(re.compile("Grace, About grace"))
    assert page.url.endswith(path)
    assert not [url for url in asked if url.endswith(path)]
    page.go_back()
    expect(page.locator("#thread")).to_have_count(0)
    listening(page)
    held: list[Route] = []
    page.route("**/c/*/", lambda route: held.append(route))  # noqa: PLW0108  # it must be a function
    page.locator(f"#r-{cases[2].pk}").click()
    page.wait_for_function(OUTLINE)  # of a thread that takes its time
    receive(support, "leon@post.example", "Hello?", subject="About leon")
    expect(page.locator(f"#c-{cases[2].pk}")).to_contain_text("Hello?")
    assert page.evaluate(OUTLINE)
    for route in held:
        route.continue_()
    expect(page.locator("#topic")).to_have_value("About leon")
    assert not page.evaluate(OUTLINE)


def test_nobody_answers_over_a_colleague_unawares(
    enter: Enter, cases: list[Case], marco: Agent
) -> None:
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/"))
    answer(cases[0], marco, "Before you wrote")
    expect(page.locator("#entries > .entry", has_text="Before you wrote")).to_have_count(1)
    page.locator("#text").press_sequentially(DRAFT)
    answer(cases[0], marco, "While you wrote")
    expect(page.locator("#entries > .entry", has_text="While you wrote")).to_have_count(1)
    page.locator("#text").press("Control+Enter")
    said = page.locator("#composer-problem")
    expect(said).to_contain_text("Marco Reyes answered meanwhile: While you wrote")
    expect(page.locator("#text")).to_have_value(DRAFT)
    assert not Message.objects.filter(text=DRAFT).exists()
    said.get_by_role("button", name="Send anyway").click()
    expect(page.locator("#entries > .entry", has_text=DRAFT)).to_have_count(1)
    expect(said).to_be_empty()
    page.locator("#text").press_sequentially("One more thing")
    page.locator("#text").press("Control+Enter")
    expect(page.locator("#entries > .entry", has_text="One more thing")).to_have_count(1)


def own_topic(name: str) -> Channel:
    channel = make_channel(Team.objects.create(name=name), name=name)
    Channel.objects.filter(pk=channel.pk).update(is_own_topic=True)
    return channel


def is_saved_note(answer: Response) -> bool:
    return answer.url.endswith("/drafts") and "\r\n\r\nnote\r\n" in (answer.request.post_data or "")


def test_a_note_that_is_left_at_once_for_the_reply_is_saved(
    enter: Enter, cases: list[Case]
) -> None:
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/"))
    for text in ("Ask Marco", ""):
        page.locator("#kind-note").check(force=True)
        with page.expect_response(is_saved_note):
            page.locator("#note").fill(text)
            page.locator("#kind-reply").check(force=True)
        assert list(Draft.objects.values_list("text", flat=True)) == [text][: len(text)]


def test_what_comes_below_is_counted_until_it_is_seen(
    enter: Enter, cases: list[Case], support: Channel, marco: Agent
) -> None:
    page = long_thread(enter, cases[0], marco)
    feed, pill = page.locator("#feed"), page.locator("#newer")
    for viewport in (WIDE, PHONE):
        page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        page.locator("#text").fill("A long answer.\n" * 9)
        feed.evaluate("box => { box.scrollTop = 100 }")
        for told in ("1 new message ↓", "2 new messages ↓"):
            receive(support, "dana@post.example", "It stopped again", subject="Pro 2")
            expect(pill).to_have_text(told)
        # over the messages, however much is being written
        over, under = pill.bounding_box(), page.locator("#due").bounding_box()
        assert over is not None
        assert under is not None
        assert over["y"] + over["height"] <= under["y"]
        assert axe(page) == []
        feed.evaluate("box => { box.scrollTop = box.scrollHeight }")
        expect(pill).to_be_hidden()
    assert small(page) == []


def test_two_tabs_of_one_agent_show_the_same(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    first = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/"))
    second = first.context.new_page()
    second.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    listening(second)
    first.locator("#kind-note").check(force=True)
    first.locator("#note").fill("For both tabs")
    first.keyboard.press("Control+Enter")
    for page in (first, second):
        expect(page.locator("#entries .note", has_text="For both tabs")).to_have_count(1)
    # other cases of the customer have a line of their own, and what was opened there stays open
    jobs, bills = (own_topic(name) for name in ("jobs", "bills"))
    receive(jobs, "dana@post.example", "May I work for you?", subject="Jobs")
    lines = second.locator("details.beside")
    lines.filter(has_text="Another case: Jobs").click()
    expect(second.locator(".beside-in")).to_contain_text("May I work for you?")
    receive(bills, "dana@post.example", "Where is my bill?", subject="Bills")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="Jobs")).to_contain_text("May I work for you?")
    first.locator("#resolve").click()
    expect(second.locator("#th-top .chip", has_text="Resolved")).to_be_visible()
    expect(second.locator("#n-mine")).to_contain_text("2")


def test_rows_wait_for_whoever_works_in_the_list(
    enter: Enter, cases: list[Case], support: Channel, priya: Agent
) -> None:
    page = listening(enter("/inbox/q/mine/"))
    page.locator(f"#r-{cases[1].pk}").focus()
    new = receive(support, "iris@post.example", "Me too", name="Iris", subject="About iris").case
    assignment.take(case_id=new.pk, agent=priya)
    assignment.assign(case_id=cases[2].pk, agent=priya, assignee_id=None)
    expect(page.locator("#moved")).to_contain_text("2 moved. Update order")
    ids = [f"c-{case.pk}" for case in cases]
    rows = page.locator("#rows > .row")
    assert rows.evaluate_all("all => all.map(one => one.id)") == ids
    expect(page.locator(f"#r-{cases[1].pk}")).to_be_focused()
    page.keyboard.press(".")
    expect(page.locator("#moved")).to_be_hidden()
    assert rows.evaluate_all("all => all.map(one => one.id)") == [*ids[:2], f"c-{new.pk}"]
    expect(page.locator(f"#r-{cases[1].pk}")).to_be_focused()
    page.locator(f"#r-{cases[1].pk}").evaluate("link => link.blur()")
    assignment.assign(case_id=new.pk, agent=priya, assignee_id=None)
    expect(rows).to_have_count(2)


def test_an_empty_list_fills_and_empties(enter: Enter, cases: list[Case], priya: Agent) -> None:
    Case.objects.update(assignee=None)
    page = listening(enter("/inbox/q/mine/"))
    expect(page.locator(".nobody")).to_be_visible()
    assignment.take(case_id=cases[0].pk, agent=priya)
    expect(page.locator(f"#c-{cases[0].pk}")).to_be_visible()
    assert page.title().startswith("(1)")
    assignment.assign(case_id=cases[0].pk, agent=priya, assignee_id=None)
    expect(page.locator(".nobody")).to_be_visible()


def test_who_may_not_see_a_case_any_more_sees_nothing_of_it(
    enter: Enter, cases: list[Case], legal: Team, marco: Agent
) -> None:
    page = listening(enter(f"/inbox/q/all/c/{cases[0].pk}/"))
    page.locator("#text").press_sequentially(DRAFT)
    assignment.move(case_id=cases[0].pk, agent=marco, team_id=legal.pk)
    expect(page.locator("#pane")).to_contain_text("You cannot see this case any more.")
    expect(page.locator("#pane")).not_to_contain_text("Dana")
    page.mouse.move(5, 5)
    expect(page.locator(f"#c-{cases[0].pk}")).to_have_count(0)
    expect(page.locator(f"#c-{cases[1].pk}")).to_be_visible()


def test_without_a_socket_the_page_looks_for_itself(
    enter: Enter, cases: list[Case], support: Channel
) -> None:
    page = enter("/inbox/me/")
    page.context.add_init_script(NO_SOCKET)
    page.context.add_init_script(IMPATIENT)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    receive(support, "dana@post.example", "Found by looking", subject="Pro 2")
    expect(page.locator("#entries > .entry", has_text="Found by looking")).to_have_count(1)
    expect(page.locator(f"#c-{cases[0].pk}")).to_contain_text("Found by looking")


def test_the_channel_is_the_customers_last_until_the_agent_chooses(
    enter: Enter, cases: list[Case], support: Channel, team: Team
) -> None:
    returns = make_channel(team, name="returns")
    page = listening(enter(f"/inbox/q/mine/c/{cases[0].pk}/"))
    of_channel = "[name=channel][value='{}']".format
    receive(returns, "dana@post.example", "By another way.")
    expect(page.locator(of_channel(returns.pk))).to_be_checked()
    expect(page.locator("[name=for_channel]")).to_have_value(str(returns.pk))
    page.locator("#channel").click()
    page.locator(".ch-pop .opt", has=page.locator(of_channel(support.pk))).click()
    receive(returns, "dana@post.example", "And once more.")
    expect(page.locator(".entry", has_text="And once more.")).to_have_count(1)
    expect(page.locator("[name=for_channel]")).to_have_value(str(support.pk))
