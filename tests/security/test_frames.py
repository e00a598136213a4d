"""Hostile markup as an agent meets it: in a real browser nothing runs and nothing is fetched."""

import json
import os
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.safestring import SafeString
from playwright.sync_api import Browser, Dialog, Page, Route

from channels_email.html import sanitise
from conversations.models import Agent, Channel, Message
from inbox.reads import frames
from tests.people import receive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN = (
    "<script>parent.hit=1</script><img src=x onerror=parent.hit=1>",
    "<svg><script>alert(1)</script></svg><math><mtext><img src=x onerror=alert(1)></math>",
    '<a href="javascript:alert(1)" autofocus onfocus=alert(1)>x</a><base href="http://out.example/">',
    '<form action="http://out.example/"><input name=a autofocus onfocus=alert(1)></form>',
    '<div style="background:url(http://out.example/a);position:fixed">x</div>',
    '<style>@import "http://out.example/a.css";*{background:url(http://out.example/b)}</style>',
    '<link rel=stylesheet href=http://out.example/c><link rel=dns-prefetch href=//out.example>',
    '<img src="http://out.example/d" srcset="http://out.example/e 2x">',
    '<meta http-equiv=refresh content="0;url=http://out.example/">',
    '<p style="width:e\\78pression(alert(1));font-family:\'x\';behavior:url(http://out.example/g)">x',
    "<table background=http://out.example/h><body background=http://out.example/i>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
    "<video poster=//out.example/f></video><iframe src=//out.example></iframe>",
    '<object data="http://out.example/j"></object><embed src="http://out.example/k">',
)  # fmt: skip


def corpus() -> Iterator[str]:
    """Payloads of other projects, each once, from every set in turn."""
    root = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere") / "html-xss"
    sets = [json.loads(path.read_text())["cases"] for path in sorted(root.glob("*.json"))]
    seen: set[str] = set()
    for row in range(max(map(len, sets), default=0)):
        for cases in sets:
            text = _payload(cases[row]) if row < len(cases) else ""
            if text and text not in seen:
                seen.add(text)
                yield text


def _payload(case: dict[str, Any]) -> str:
    found = case.get("payload")
    return found.replace("\x00", "") if isinstance(found, str) else ""


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def page(live: str, browser: Browser, client: Client, priya: Agent) -> Iterator[Page]:
    client.force_login(priya)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=live)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    yield context.new_page()
    context.close()


def harm(page: Page, live: str, case: int, messages: list[Message]) -> list[str]:
    """What ran, what was asked for, and where the page ended up, in each message's frame."""
    found: list[str] = []
    page.on("dialog", partial(_asked_for_a_word, found))
    page.on("popup", lambda popup: found.append(f"popup {popup.url}"))
    # behind the policy: what it stops never comes here
    page.route(lambda url: not url.startswith(live), partial(_asked, found))
    page.expose_function("told", lambda words: found.append(f"ran {words}"))
    for message in messages:
        was = len(found)
        if not page.url.endswith("/inbox/me/"):
            page.goto("/inbox/me/")
        url = f"/inbox/c/{case}/m/{message.pk}/body"
        page.evaluate(
            """url => new Promise(done => {
                const frame = document.createElement("iframe");
                frame.setAttribute("sandbox",
                    "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
                frame.onload = () => setTimeout(() => {
                    const inner = frame.contentDocument;
                    if (window.hit) told("hit");
                    if (!frame.contentWindow.location.href.endsWith(url)) told("went elsewhere");
                    for (const element of inner.querySelectorAll("*"))
                        for (const given of element.attributes)
                            if (given.name.startsWith("on") || given.name === "srcdoc")
                                told(given.name);
                    if (inner.querySelector("script,object,embed,iframe,form,svg,math,link,base"))
                        told("element");
                    frame.remove();
                    done();
                }, 15);
                frame.src = url;
                document.body.append(frame);
            })""",
            url,
        )
        found[was:] = [f"{words} by {message.subject}" for words in found[was:]]
    return found


def _asked_for_a_word(found: list[str], dialog: Dialog) -> None:
    found.append(f"dialog {dialog.message}")
    dialog.dismiss()


def _asked(found: list[str], route: Route) -> None:
    found.append(f"request {route.request.url[:200]}")
    route.abort()


def stored(support: Channel, payloads: list[str], *, cleaned: bool) -> tuple[int, list[Message]]:
    """Messages with this markup, as mail brings it, or raw: the frame trusts no row either."""
    first = receive(support, "mal@evil.example")
    rows = [
        Message(
            conversation=first.conversation, case=first.case, channel=support, kind="message",
            identity=first.identity, sorted_at=first.sorted_at, subject=payload[:200],
            html=(sanitise(payload) if cleaned else payload) or "<p>nothing</p>",
        )
        for payload in payloads
    ]  # fmt: skip
    return first.case_id, Message.objects.bulk_create(rows)


@pytest.mark.parametrize("cleaned", [True, False], ids=["as mail", "raw"])
def test_nothing_runs(support: Channel, page: Page, live: str, cleaned: bool) -> None:
    assert not harm(page, live, *stored(support, list(OWN), cleaned=cleaned))


def test_the_policy_holds_alone(
    support: Channel, page: Page, live: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever slips through the cleaning stands in a document that may do nothing."""
    monkeypatch.setattr(frames, "document", lambda message, **_: SafeString(message.html))
    told = harm(page, live, *stored(support, list(OWN), cleaned=False))
    inert = ("ran element", "ran on")
    assert any(words.startswith(inert) for words in told)
    assert not [words for words in told if not words.startswith(inert)]


@pytest.mark.corpora
@pytest.mark.slow
@pytest.mark.parametrize("cleaned", [True, False], ids=["as mail", "raw"])
def test_nothing_runs_of_what_others_collected(
    support: Channel, page: Page, live: str, cleaned: bool
) -> None:
    payloads = list(islice(corpus(), 320))
    assert len(payloads) >= 300
    assert not harm(page, live, *stored(support, payloads, cleaned=cleaned))
