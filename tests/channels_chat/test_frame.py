"""What a visitor sees in the frame, in every state."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from tests.channels_chat.double import CASE, Double, entry
from tests.looking import axe

pytestmark = [pytest.mark.browser]
HOSTILE = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'


def opened(page: Page, live: str, *, lang: str = "en") -> Double:
    double = Double(page)
    page.goto(f"?site={live}&lang={lang}")
    return double


def write(page: Page, text: str) -> None:
    page.locator("#words").fill(text)
    page.keyboard.press("Enter")


def test_a_chat_from_greeting_to_rating(frame: Page, live: str) -> None:
    """Home, the first message, an answer with typing and seen, then the question how it was."""
    hub = opened(frame, live)
    expect(frame.locator("#wait")).to_have_text("Usually a reply in 4 min")
    expect(frame.locator("#wait")).to_be_visible()
    assert axe(frame) == []
    frame.get_by_role("button", name="Start a chat").click()
    expect(frame.get_by_label("Message", exact=True)).to_be_focused()
    write(frame, f"It stops {HOSTILE}")
    expect(frame.locator(".b.me")).to_contain_text("<img src=x")
    expect(frame.locator(".b.pend")).to_have_count(0)
    hub.say("case", case={**CASE, "agent": {"name": HOSTILE}, "place": 2})
    expect(frame.get_by_text("You are number 2 in line.")).to_be_visible()
    hub.say("typing", who="Priya", on=True)
    expect(frame.get_by_text("Priya is typing")).to_be_visible()
    hub.bring(entry(2, "agent", f"Is the ring orange? {HOSTILE}", name=f"Priya {HOSTILE}"))
    hub.bring(entry(3, "agent", "See https://kalma.example/a?b=1, javascript:alert(1)."))
    hub.bring(entry(4, "system", "Please show us in a short video what happens."))
    link = frame.get_by_role("link", name="https://kalma.example/a?b=1", exact=True)
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    expect(frame.locator(".b.in a")).to_have_count(1)
    hub.say("read", at="2026-11-28T13:05:00Z")
    expect(frame.locator(".b.in").first).to_contain_text("<script>")
    expect(frame.locator(".b.me footer")).to_contain_text("Seen")
    expect(frame.locator("#said")).to_have_text(re.compile("ring orange|new messages|See https"))
    hub.last("seen", message=4)  # none of it need leave by mail
    assert axe(frame) == []
    hub.say("case", case={**CASE, "state": "resolved", "agent": {"name": "Priya"}})
    frame.get_by_role("radio", name="Mostly").check()
    frame.get_by_label("Anything to add?").fill("Fast")
    frame.get_by_role("button", name="Send rating").click()
    expect(frame.get_by_text("Thank you.")).to_be_visible()
    rated = {"type": "rate", "case": 7, "score": 4, "comment": "Fast"}
    assert hub.last("rate") == rated
    assert frame.evaluate("window.ran") is None


def test_nothing_is_lost_and_nothing_doubles(frame: Page, live: str) -> None:
    """The connection goes before the hub confirms, the page is loaded anew, then all is well."""
    hub = opened(frame, live)
    frame.get_by_role("button", name="Start a chat").click()
    write(frame, "one")
    expect(frame.locator(".b.pend")).to_have_count(0)
    hub.bring(entry(2, "agent", "two"))
    hub.answers = False
    write(frame, "three")
    expect(frame.locator(".b.pend")).to_have_text(re.compile("three"))
    said = hub.last("say", text="three")
    hub.answers = True
    hub._take(said)  # the hub took it, and its word was lost
    hub.thread.append(entry(4, "agent", "four"))
    hub.drop()
    expect(frame.get_by_text("Your messages are safe.")).to_be_visible()
    write(frame, "five")
    expect(frame.get_by_text("Sends when you are back online").last).to_be_visible()
    frame.reload()
    expect(frame.get_by_text("No connection right now")).to_be_visible()
    hub.is_up = True
    frame.get_by_role("button", name="Messages").click()
    frame.evaluate("document.getElementById('now')?.click()")  # or it goes on by itself before
    expect(frame.locator(".b.pend")).to_have_count(0)
    texts = frame.locator(".b > p").all_inner_texts()
    assert sorted(texts) == ["five", "four", "one", "three", "two"]
    ids = [one["id"] for one in hub.heard if one["type"] == "say" and one["text"] == "three"]
    assert len(set(ids)) == 1
    hellos = [one for one in hub.heard if one["type"] == "hello"]
    first, *others = [one.get("token") for one in hellos]  # once more where both happened
    assert (first, set(others)) == (None, {"t" * 43})


def test_what_stands_in_the_way(frame: Page, live: str) -> None:
    """Away, an address that is confirmed, a refusal, a token that ran out, a visitor blocked."""
    hub = opened(frame, live, lang="es")
    expect(frame.locator("#wait")).to_be_visible()
    closes = datetime.now().astimezone().replace(hour=23, minute=59).isoformat()
    hub.say("team", team={"state": "open", "closes_at": closes, "wait": 60})
    expect(frame.locator("#hours")).to_contain_text("Abierto hasta 23:59.")
    frame.get_by_role("button", name="Empezar un chat").click()
    write(frame, "Hola")
    hub.say("team", team={"state": "away", "opens_at": None, "wait": None, "offers_email": True})
    hub.say("case", case=dict(CASE))
    expect(frame.get_by_text("Tenemos tu mensaje")).to_be_visible()
    frame.get_by_role("button", name="Mejor por correo").click()
    expect(frame.get_by_label("Tu correo electrónico")).to_be_focused()  # all without a mouse
    frame.keyboard.type("dana@hey.example\n")
    expect(frame.get_by_role("button", name="Enviarme un código")).to_be_focused()
    assert axe(frame) == []
    frame.keyboard.press("Enter")
    expect(frame.get_by_label("Las seis cifras")).to_be_focused()
    frame.keyboard.type("000000\n")
    expect(frame.get_by_role("alert").get_by_text("Estas no son las seis cifras.")).to_be_visible()
    expect(frame.get_by_label("Las seis cifras")).to_be_focused()
    hub.answers = False
    write(frame, "demasiado")
    expect(frame.locator(".b.pend")).to_have_count(1)
    hub.say("error", id=hub.last("say", text="demasiado")["id"], code="too_long")
    expect(frame.get_by_role("button", name="Reintentar")).to_be_visible()
    hub.say("blocked")
    expect(frame.get_by_text("Ya no se aceptan mensajes desde aquí.")).to_be_visible()
    hub.expired = True
    frame.reload()
    expect(frame.get_by_text("este chat ha terminado aquí")).to_be_visible()
    assert axe(frame) == []
    hub.expired = False
    frame.get_by_role("button", name="Empezar otro").click()
    expect(frame.get_by_role("button", name="Empezar un chat")).to_be_visible()
