"""The inbox in a real browser: by keyboard alone, without scripts, and under axe's eyes."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from conversations.adapters.messages import FOLDED_CLASS
from conversations.models import Agent, Case, Channel, Macro, Message
from conversations.services import notes, reading, status
from tests.looking import axe, settle, small, until
from tests.people import answer, receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TOASTS_STAY = """
const later = setTimeout
window.setTimeout = (what, ms, ...rest) => ms === 8_000 ? 0 : later(what, ms, ...rest)"""
"""However slow the machine, what a toast says can be read."""


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    """Playwright keeps a loop running in this thread, also while the database is emptied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def cases(support: Channel, priya: Agent, marco: Agent) -> list[Case]:
    """Three who wait, the first with a history."""
    import uuid

    first = receive(
        support, "dana@post.example", "It stops", name="Dana Whitfield", subject="Pro 2"
    ).case
    notes.add(case_id=first.pk, agent=marco, text="Batch 11", client_id=uuid.uuid4())
    answer(first, marco, "We replace it.")
    receive(
        support,
        "dana@post.example",
        "Thank you! One question",
        name="Dana Whitfield",
        folded="> We replace it.",
    )
    others = [
        receive(
            support, f"{name}@post.example", "Hello", name=name.title(), subject=f"About {name}"
        ).case
        for name in ("grace", "leon")
    ]
    Case.objects.update(assignee=priya)
    return [first, *others]


def is_fault(line: ConsoleMessage) -> bool:
    """Errors, and selectors of htmx that lead nowhere, which it only warns of."""
    return line.type == "error" or "returned no matches" in line.text


@pytest.fixture
def enter(
    live: str, browser: Browser, client: Client, priya: Agent
) -> Iterator[Callable[..., Page]]:
    """Opens a page signed in as Priya and fails the test on any console error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    note = faults.append
    excused = [r"status of (4\d\d|422)"]

    def go(path: str, *, theme: str = "", excuse: str = "", **options: Any) -> Page:
        options.setdefault("viewport", WIDE)
        excused.extend([excuse] if excuse else [])
        context = browser.new_context(base_url=live, **options)
        contexts.append(context)
        client.force_login(priya)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live}]
        if theme:
            cookies.append({"name": "theme", "value": theme, "url": live})
        context.add_init_script(TOASTS_STAY)
        context.add_cookies(cookies)  # type: ignore[arg-type]  # TypedDict of the same keys
        page = context.new_page()
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda line: note(line.text) if is_fault(line) else None)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return page

    yield go
    for context in contexts:
        context.close()
    unexpected = [f for f in faults if not re.search("|".join(excused), f)]
    assert unexpected == []


def test_works_without_scripts(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter("/inbox/q/mine/", java_script_enabled=False)
    page.click("text=Dana Whitfield")
    expect(page.locator(".entry", has_text="One question")).to_be_visible()
    page.fill("#text", "It goes to Portland.")
    page.click("#send")
    expect(page.locator(".entry", has_text="It goes to Portland.")).to_be_visible()
    page.check("#kind-note", force=True)
    page.fill("#note", "Without scripts")
    page.click("#send")
    expect(page.locator(".note", has_text="Without scripts")).to_be_visible()
    page.click("#resolve")
    expect(page.locator(".toast")).to_contain_text("Resolved")
    assert page.url.endswith("/inbox/q/mine/")


def test_what_was_seen_is_read(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter("/inbox/me/")
    with page.expect_response("**/read"):
        page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    row = page.locator(f"#c-{cases[0].pk}")
    page.reload()
    expect(row).not_to_have_class(re.compile("is-unread"))


LOOKS = [("en", WIDE), ("es", PHONE)]
SEEN = [pytest.param(LOOKS[0], marks=pytest.mark.slow), LOOKS[1]]
"""Where one of them finds what the other would."""


def test_a_key_searches_and_a_hit_opens_where_it_was_said(
    enter: Callable[..., Page], cases: list[Case], support: Channel
) -> None:
    sought = receive(support, "dana@post.example", "The aspiración fails")
    for n in range(12):
        receive(support, "dana@post.example", f"More, {n}\n" * 12)
    page = enter("/inbox/q/mine/")
    page.keyboard.press("/")
    page.keyboard.type("aspir")
    page.keyboard.press("Enter")
    expect(page.locator("mark")).to_have_text("aspir")
    page.locator(".row-main").first.click()
    hit = page.locator(f"#m-{sought.pk}")
    expect(hit).to_be_in_viewport()
    expect(page.locator(".row[data-current] mark")).to_have_text("aspir")
    assert f"m={sought.pk}" in page.url
    page.reload()
    expect(hit).to_be_in_viewport()
    expect(page.locator(".row[data-current] mark")).to_have_text("aspir")


def test_searches_without_scripts(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter("/inbox/q/mine/", java_script_enabled=False)
    page.fill("#find", "question")
    page.press("#find", "Enter")
    page.locator(".row-main").first.click()
    expect(page.locator(".is-hit", has_text="One question")).to_be_in_viewport()


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_axe_finds_nothing_at_the_door(live: str, browser: Browser, path: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(live + path)
    assert axe(page) == []
    page.close()


def test_what_fails_says_so_and_is_tried_again(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    page = enter(
        f"/inbox/q/mine/c/{cases[0].pk}/", excuse="ERR_FAILED|status of 500|Error Code 500|htmx:"
    )
    page.route("**/resolve", lambda route: route.abort())
    # what was just set up does not always catch the very next request; a fresh page's it does
    page.reload(wait_until="networkidle")
    page.keyboard.press("e")
    failed = page.locator("#th-problem .failed")
    expect(failed).to_contain_text("could not be reached")
    assert axe(page) == []
    page.unroute("**/resolve")
    page.route("**/messages", lambda route: route.fulfill(status=500))
    page.fill("#text", "It goes to Portland.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer-problem .failed")).to_contain_text("on the server")
    expect(failed).to_have_count(0)
    page.unroute("**/messages")
    page.locator("#composer-problem .failed button").click()
    expect(page.locator(".entry", has_text="It goes to Portland.")).to_have_count(1)
    expect(page.locator(".failed")).to_have_count(0)


def test_what_is_sent_shows_at_once_and_what_fails_is_in_the_box_again(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/", excuse="status of 500|Error Code 500")
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))  # noqa: PLW0108  # it must be a function
    page.reload()
    page.fill("#text", "It goes to Portland.")
    page.keyboard.press("Control+Enter")
    ghost = page.locator(".ghost")
    expect(ghost).to_contain_text("It goes to Portland.")
    assert axe(page) == []
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.type("And then")
    until(page, lambda: len(held) == 1)
    held[0].fulfill(status=500)
    expect(ghost).to_have_count(0)
    expect(page.locator("#text")).to_have_value("It goes to Portland.\n\nAnd then")
    page.locator("#composer-problem .failed button").click()
    expect(ghost).to_have_count(1)
    page.locator("#text").press_sequentially("A second thought")
    page.locator("#send").dblclick()
    expect(ghost).to_have_count(1)
    until(page, lambda: len(held) == 2)
    held[1].continue_()
    expect(page.locator(".entry", has_text="And then")).to_have_count(1)
    expect(page.locator(".entry", has_text="A second thought")).to_have_count(0)
    until(page, lambda: len(held) == 3)
    held[2].continue_()
    expect(page.locator(".entry", has_text="A second thought")).to_have_count(1)
    expect(ghost).to_have_count(0)
    expect(page.locator("#text")).to_have_value("")


def test_signs_in_again_over_the_page_as_it_stands(
    enter: Callable[..., Page], cases: list[Case], priya: Agent
) -> None:
    priya.set_password("correct horse")
    priya.save()
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/", theme="light", excuse="Error Code 401")
    page.fill("#text", "It goes to Portland.")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alertdialog")).to_contain_text("Your session has ended")
    door = page.frame_locator("#signin iframe")
    expect(door.get_by_label("E-mail address or user name")).to_be_focused()
    assert axe(page) == []
    page.keyboard.type(priya.username)
    door.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    expect(page.locator(".entry", has_text="It goes to Portland.")).to_have_count(1)
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    page.fill("#text", "And a second one.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".entry", has_text="And a second one.")).to_have_count(1)


def test_marking_unread_goes_back_to_the_list(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.locator("#feed").focus()
    page.keyboard.press("Shift+U")
    page.wait_for_url("**/inbox/q/mine/")
    expect(page.locator(f"#c-{cases[0].pk}.is-unread")).to_have_count(1)


def test_the_focus_stays_where_a_button_went_away(
    enter: Callable[..., Page], cases: list[Case], priya: Agent
) -> None:
    status.mark_spam(case_id=cases[0].pk, agent=priya)
    page = enter(f"/inbox/q/spam/c/{cases[0].pk}/")
    page.get_by_role("button", name="Not spam").press("Enter")
    expect(page.locator("#resolve")).to_be_visible()
    expect(page.locator("#th-h")).to_be_focused()


def test_resolving_leads_on_and_back_also_from_the_last_case(
    enter: Callable[..., Page], cases: list[Case], priya: Agent
) -> None:
    dana, grace, leon = cases
    answer(dana, priya, "It is on its way.")
    status.resolve(case_id=leon.pk, agent=priya)
    page = enter(f"/inbox/q/mine/c/{dana.pk}/")  # which the tab does not list
    page.keyboard.press("e")
    expect(page.locator(f"#thread[data-case='{grace.pk}']")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("Resolved: Pro 2")
    page.keyboard.press("e")
    page.wait_for_url("**/inbox/q/mine/")
    expect(page.locator(".toast")).to_contain_text("Resolved: About grace")
    page.keyboard.press("z")
    expect(page.locator(f"#thread[data-case='{grace.pk}']")).to_be_visible()


def test_a_name_in_an_answer_makes_it_a_note(
    enter: Callable[..., Page], cases: list[Case], marco: Agent
) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.locator("#note").evaluate("box => { box.value = 'Batch 11.' }")
    page.locator("#text").press_sequentially("Look, @mar")
    expect(page.get_by_role("option", name=f"{marco} in a note")).to_be_visible()
    page.keyboard.press("Enter")
    words = f"Batch 11.\nLook, @{marco} "
    expect(page.locator("#note")).to_be_focused()
    expect(page.locator("#note")).to_have_value(words)
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("[data-saved]")).to_have_text("Draft saved")
    page.keyboard.type("!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note", has_text="Look, @Marco")).to_be_visible()
    page.reload()
    expect(page.locator("#text")).to_have_value("")


def test_own_keys_panes_and_messages(
    enter: Callable[..., Page], cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(keys={"note": "w", "list": ""})
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.keyboard.press("w")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("m")  # not of the note any more
    page.keyboard.press("Control+c")  # of nothing, though the list has no key
    expect(page.locator("#entries .entry").last).to_be_focused()
    for part in ("#cust", ".side", "#list"):
        page.keyboard.press("F6")
        expect(page.locator(f"{part} :focus")).to_have_count(1)
    page.keyboard.press("[")
    expect(page.locator(".side")).to_be_hidden()
    page.keyboard.press("Alt+Shift+c")
    expect(page.locator(".ch-pop .menu")).to_be_visible()


def test_hostile_mail_neither_runs_nor_fetches(
    enter: Callable[..., Page], cases: list[Case], live: str
) -> None:
    hostile = (
        "<p id=ok>Hello</p><script>parent.document.title='owned'</script>"
        "<img src=x onerror=parent.document.title='owned'><img src='https://beacon.example/1.gif'>"
        "<img src='/inbox/me/'><svg onload=alert(1)></svg><a href='javascript:alert(1)'>x</a>"
        "<div style='position:fixed;inset:0;background:url(https://beacon.example/2.gif)'>over</div>"
        "<form action=/inbox/me/><input name=a></form><style>@import 'https://beacon.example/3.css'</style>"
        "<link rel=dns-prefetch href=//beacon.example><meta http-equiv=refresh content='0;url=https://beacon.example'>"
    )
    message = Message.objects.filter(case=cases[1], identity__isnull=False).get()
    Message.objects.filter(pk=message.pk).update(html=hostile)
    page = enter("/inbox/q/mine/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda _: asked.append("dialog"))
    page.goto(f"/inbox/q/mine/c/{cases[1].pk}/")
    frame = page.frame_locator(".mail-frame")
    expect(frame.locator("p")).to_have_text("Hello")
    expect(page.locator(".entry")).to_contain_text("1 remote image is blocked")
    page.wait_for_load_state("networkidle")
    assert "owned" not in page.title()
    assert [url for url in asked if not url.startswith(live)] == []
    assert f"{live}/inbox/me/" not in asked
    height = page.locator(".mail-frame").bounding_box()
    assert height is not None
    assert height["height"] < 200
    page.get_by_role("link", name="Show images").click()
    expect(page.locator(".remote")).to_be_hidden()
    images = [url for url in asked if "/images/" in url]
    assert images == [f"{live}/inbox/c/{cases[1].pk}/m/{message.pk}/images/0/"]
    assert [url for url in asked if not url.startswith(live)] == []


FOLDED = (
    "<p>It still stops at level three.</p>"
    f'<details class="{FOLDED_CLASS}"><blockquote>{"<p>What you wrote before.</p>" * 20}'
    "</blockquote></details>"
)


@pytest.mark.sample(2)
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look[0])
def test_opens_the_quotation_of_an_html_mail(
    enter: Callable[..., Page], cases: list[Case], priya: Agent, look: tuple[str, Any]
) -> None:
    language, viewport = look
    Agent.objects.filter(pk=priya.pk).update(language=language)
    Message.objects.filter(case=cases[1], identity__isnull=False).update(html=FOLDED)
    page = enter("/inbox/q/mine/", theme="light", viewport=viewport)
    page.goto(f"/inbox/q/mine/c/{cases[1].pk}/")
    page.wait_for_load_state("networkidle")
    frame, inside = page.locator(".mail-frame"), page.frame_locator(".mail-frame")
    summary, quoted = inside.locator("summary"), inside.locator("blockquote")
    expect(summary).to_be_visible()
    expect(quoted).to_be_hidden()
    expect(frame).to_have_attribute("style", re.compile(r"height: (\d\d|1[01]\d)px"))
    summary.press("Enter")
    expect(quoted).to_be_visible()
    expect(frame).to_have_attribute("style", re.compile(r"height: [4-9]\d\dpx"))
    settle(page)
    expect(summary).to_be_in_viewport()
    assert axe(page) == []
    summary.click()
    expect(quoted).to_be_hidden()
    expect(frame).to_have_attribute("style", re.compile(r"height: (\d\d|1[01]\d)px"))


def test_keeps_the_snooze_menu_on_a_phone(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter("/inbox/q/mine/", viewport=PHONE)
    page.goto(f"/inbox/q/mine/c/{cases[0].pk}/")
    assert small(page) == []
    page.locator("#snooze").click()
    assert small(page) == []
    box = page.locator("#snooze-pop .menu").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]


def test_opens_at_what_is_new_in_a_long_thread(
    enter: Callable[..., Page], cases: list[Case], support: Channel, priya: Agent
) -> None:
    for number in range(8):
        read = receive(support, "dana@post.example", f"Earlier {number}\n" * 9, subject="Re: Pro 2")
    reading.mark_read(case_id=cases[0].pk, agent=priya, up_to=read.sorted_at)
    for number in range(4):
        receive(support, "dana@post.example", f"Later {number}\n" * 9, subject="Re: Pro 2")
    page = enter("/inbox/q/mine/")
    page.locator(f"#r-{cases[0].pk}").click()
    expect(page.locator("#unread")).to_be_in_viewport()


def test_the_menu_of_sending_closes_once_it_was_used(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    page.locator("#text").fill("Tomorrow it is here.")
    page.locator("summary.more").click()
    page.locator("[name=later]").first.click()
    expect(page.locator(".entry", has_text="Tomorrow it is here.")).to_be_visible()
    expect(page.locator(".split .menu")).to_be_hidden()
    expect(page.locator("#text")).to_be_focused()


def test_escape_takes_away_the_slash_that_opened_the_macros(
    enter: Callable[..., Page], cases: list[Case]
) -> None:
    Macro.objects.create(name="Refund", text_en="We refund it.")
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/")
    text = page.locator("#text")
    text.click()
    page.keyboard.type("Dear and/")
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    expect(page.locator(".mac-q")).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()
    expect(text).to_have_value("Dear and/\n")
    page.keyboard.press("Backspace")
    page.locator("#macro-open").click()
    expect(page.locator(".mac-q")).to_be_focused()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Dear and/We refund it.")


def test_cases_are_chosen_on_a_phone(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter("/inbox/q/mine/", viewport=PHONE, has_touch=True)
    way = page.get_by_title("Choose cases")
    way.tap()
    page.locator(".row").nth(1).tap()
    expect(page.locator("[data-chosen]")).to_have_text("1")
    assert small(page) == []
    assert page.url.endswith("/q/mine/")
    way.tap()
    expect(page.locator("#bulk")).to_be_hidden()
    assert page.locator(".pick input:checked").count() == 0
    expect(enter("/inbox/q/mine/").get_by_title("Choose cases")).to_be_hidden()


def test_the_bar_of_the_list_counts_what_is_chosen(
    enter: Callable[..., Page], cases: list[Case], priya: Agent
) -> None:
    Agent.objects.filter(pk=priya.pk).update(language="es")
    page = enter("/inbox/q/mine/")
    shown = page.locator(".bulk-n")
    for number, words in ((0, "1 elegido"), (1, "2 elegidos")):
        page.locator(".pick input").nth(number).check(force=True)
        expect(shown).to_have_text(words)
    # all of the list are more than the rows that stand here
    page.locator(".bulk-all input").check()
    expect(shown).to_be_hidden()


def test_keeps_the_macros_on_a_phone(enter: Callable[..., Page], cases: list[Case]) -> None:
    page = enter(f"/inbox/q/mine/c/{cases[0].pk}/", viewport=PHONE)
    page.locator("#macro-open").click()
    expect(page.locator(".mac-q")).to_be_focused()
    box = page.locator("#macro-menu").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
