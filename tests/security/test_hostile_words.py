"""Hostile words as names, subjects, text and file names: wherever they are shown they are text.

The mail's own markup has its frame and its test (test_frames). Here nothing may run or be fetched,
and no page's policy may even be asked: a violation would mean that something got through to it.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

from conversations.models import Agent, Attachment, Channel, Customer, Message, Receipt, Role
from conversations.receipts import quarantine
from tests.people import receive, record

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OWN = (
    "<script>window.hit=1</script>",
    "\"><img src=x onerror=window.hit=1>",
    "'-alert(1)-'",
    "javascript:alert(1)//https://out.example/a",
    "</textarea></title></style></script><svg onload=alert(1)>",
    "{{ 7*7 }} {% include 'x' %} ${7*7} <%= 1 %>",
    "https://out.example/\"onmouseover=alert(1) x=",
    "<a href='http://out.example'>click</a> <base href=//out.example>",
    "\u202egpj.exe \u2066\u200b\ufeff zalgo \u0301\u0301\u0301",
    "..\\..\\../../etc/passwd\x7f",
    "\ud83d\udca9 \U0001f4a9 \u0000nul",
)  # fmt: skip
PAGE = 40
"""Messages of one thread, so that all of them stand on its first page."""


def corpus(step: int = 1) -> list[str]:
    """What other projects collected: naughty strings, payloads, file names."""
    root = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere")
    kinds = {"text-naughty": "text", "html-xss": "payload", "filename-hostile": "name"}
    found = [
        case[key]
        for kind, key in kinds.items()
        for index in sorted(root.glob(f"{kind}/*.cases.json"))
        for case in json.loads(index.read_text("utf-8"))["cases"]
        if isinstance(case.get(key), str) and case[key].strip()
    ]
    return list(dict.fromkeys(found))[::step]


def fit(words: str) -> str:
    """As an adapter hands it on: no NUL, no lone surrogate."""
    return words.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


@pytest.fixture(scope="module", autouse=True)
def _database_beside_a_loop() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def harm() -> list[str]:
    """What ran, was asked for, or was stopped by a policy, by the page it happened on."""
    return []


@pytest.fixture
def page(
    live: str, browser: Browser, client: Client, priya: Agent, harm: list[str]
) -> Iterator[Page]:
    Agent.objects.filter(pk=priya.pk).update(role=Role.ADMIN, is_staff=True, is_superuser=True)
    priya.refresh_from_db()
    client.force_login(priya)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context = browser.new_context(base_url=live)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live}])
    context.set_default_timeout(20_000)
    page = context.new_page()

    def refused(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text or "out.example" in line.text:
            harm.append(f"{page.url}: {line.text[:300]}")

    page.on("console", refused)

    def asked(dialog: Dialog) -> None:
        harm.append(f"{page.url}: dialog")
        dialog.dismiss()

    page.on("dialog", asked)
    page.on("popup", lambda popup: harm.append(f"{page.url}: popup {popup.url}"))
    page.on("pageerror", lambda error: harm.append(f"{page.url}: {error}"))
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith((live, "data:", "blob:"))
            else harm.append(f"{page.url}: {asked.url[:200]}")
        ),
    )
    yield page
    context.close()


def written(support: Channel, words: list[str]) -> list[Message]:
    """Everybody writes under a hostile name, about hostile things, with hostile files."""
    return [
        receive(
            support,
            f"p{number // PAGE}@evil.example",
            text,
            name=text[:200],
            subject=text[:900],
            files={text: "x", f"{text[:80]}.html": "<script>window.hit=1</script>"},
        )
        for number, text in enumerate(map(fit, words))
    ]


def look(page: Page, path: str, harm: list[str]) -> str:
    """Everything that a page says, after whatever hid in it had its chance."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    page.mouse.move(300, 300)
    if page.evaluate("window.hit"):
        harm.append(f"{path}: ran")
    return str(page.evaluate("document.documentElement.textContent"))


def visit_all(page: Page, messages: list[Message], harm: list[str]) -> None:
    cases = sorted({message.case_id for message in messages})
    for case in cases:
        shown = look(page, f"/inbox/c/{case}/", harm)
        said = [m.text for m in messages if m.case_id == case]
        missing = [text for text in said if "".join(text.split()) not in "".join(shown.split())]
        assert not missing, f"not shown as it was written: {missing[:3]}"
    for path in (
        *(f"/inbox/search/?q={quote(text)}" for text in ("script", "alert", *map(fit, OWN))),
        "/inbox/q/all/", "/inbox/q/unassigned/", "/inbox/new/", "/admin/",
        "/admin/conversations/customer/", "/admin/conversations/identity/",
        "/admin/conversations/receipt/", "/admin/conversations/quarantinedreceipt/",
        f"/admin/conversations/customer/{Customer.objects.latest('pk').pk}/change/",
        f"/admin/conversations/receipt/{messages[0].receipt_id}/change/",
    ):  # fmt: skip
        look(page, path, harm)


def set_aside(support: Channel) -> None:
    """A mail in quarantine whose reason quotes it."""
    receipt: Receipt = record(support, {"from": "<script>window.hit=1</script>@evil.example"})
    quarantine(receipt, "crashed", words=" ".join(map(fit, OWN)))


def test_words_are_words_everywhere(support: Channel, page: Page, harm: list[str]) -> None:
    messages = written(support, [*OWN, *corpus(step=100)])
    set_aside(support)
    visit_all(page, messages, harm)
    assert not harm


@pytest.mark.corpora
@pytest.mark.slow
def test_words_that_others_collected_are_words(
    support: Channel, page: Page, harm: list[str]
) -> None:
    words = corpus()
    assert len(words) > 1000
    messages = written(support, words)
    set_aside(support)
    visit_all(page, messages, harm)
    assert not harm


def test_a_file_is_only_ever_downloaded(support: Channel, page: Page, harm: list[str]) -> None:
    """Whatever it is called: the browser is told to keep it, not to show it."""
    written(support, list(OWN))
    page.goto("/inbox/me/")
    for attachment in Attachment.objects.all():
        answer = page.request.get(f"/inbox/attachments/{attachment.pk}/")
        kept = answer.headers["content-disposition"]
        assert kept.startswith("attachment"), kept
        assert "\n" not in kept
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
    assert not harm
