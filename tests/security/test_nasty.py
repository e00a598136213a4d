"""Nonsense at every door: it is refused or taken as text, and never a fault of ours."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from conversations.models import Channel
from tests.people import receive

pytestmark = pytest.mark.django_db

NASTY = (
    "",
    "\x00",
    "a\x00b",
    "-1",
    "0",
    "9" * 30,
    "9" * 5000,
    "1e9",
    "٣",
    "²",
    "NaN",
    "None",
    "null",
    "[]",
    "{}",
    "'\"><script>alert(1)</script>",
    "' OR 1=1 --",
    "%s%n%x",
    "{{7*7}}",
    "{% include 'x' %}",
    "../../etc/passwd",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\u202e\u200b\ufeff",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "a\r\nBcc: x@evil.example",
    "Name\x07 <x@y.example>",
    "x@y.example, " * 60,
    "x" * 20_000,
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-01-01T00:00:00+00:00:00.000001",
    "2026-01-01T00:00:00",
    "9999-12-31T23:59:59-23:59~1",
    "0001-01-01T00:00:00+23:59~1",
    "2026-01-01T00:00:00+00:00:00.000001~1",
    "~" + "9" * 30,
    "~",
    "00000000-0000-0000-0000-000000000000",
)
IDS = ("0", "9" * 18, "9" * 19, "9" * 30, "9" * 5000)


def routes(prefix: str) -> Iterator[URLPattern]:
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLResolver) and str(pattern.pattern) == prefix:
            yield from (inner for inner in pattern.url_patterns if isinstance(inner, URLPattern))


def address(route: URLPattern, namespace: str, **known: object) -> str:
    given = {name: known.get(name, 1) for name in route.pattern.converters}
    return reverse(f"{namespace}:{route.name}", kwargs=given)


@pytest.fixture
def strict(desk: Client) -> Client:
    desk.raise_request_exception = False
    return desk


GET = (
    "after", "before", "tab", "sort", "beside", "to", "download", "show", "q", "open", "rows",
)  # fmt: skip
POST = (
    "text", "note", "to", "cc", "bcc", "subject", "sender", "from", "channel", "client_id", "seen",
    "was", "assignee", "team", "topic", "tags", "up_to", "text_version", "note_version", "q",
    "theme", "next", "language", "time_zone", "signature", "undo_seconds",
)  # fmt: skip
ALONE = {
    "queue": ("after",),
    "feed": ("before",),
    "changes": ("after",),
    "messages": ("text", "to", "cc", "subject", "sender", "channel", "client_id"),
    "draft": ("text", "to", "text_version"),
    "new": ("to", "from", "subject"),
}
"""What matters by itself: in the company of other nonsense it would not be reached."""


def inbox() -> list[URLPattern]:
    return list(routes("inbox/"))


def tried_words() -> Iterator[Any]:
    """Every page with two of the words, another page with others; and with all, at length."""
    for place, route in enumerate(inbox()):
        some = tuple(NASTY[(place + step) % len(NASTY)] for step in (0, 19))
        marks = [pytest.mark.slow] if place % 3 else []
        yield pytest.param(route, some, id=f"{route.name}-some", marks=marks)
        yield pytest.param(route, NASTY, id=f"{route.name}-all", marks=pytest.mark.slow)


@pytest.mark.parametrize(("route", "words"), list(tried_words()))
def test_no_inbox_page_falls_over(
    strict: Client, support: Channel, route: URLPattern, words: tuple[str, ...]
) -> None:
    case = receive(support, "dana@post.example").case
    known = {"case_id": case.pk, "key": "all", "message_id": case.messages.get().pk}
    url = address(route, "inbox", **known)
    alone = ALONE.get(str(route.name), ())
    gets = strict.get(url).status_code != 405
    posts = strict.post(url).status_code != 405
    found: list[tuple[str, str, int]] = []
    for nasty in words:
        if gets:
            tried = [dict.fromkeys(GET, nasty), *({name: nasty} for name in alone)]
            found += [(f"GET {len(t)}", nasty, strict.get(url, t).status_code) for t in tried]
        if posts:
            fine = {"kind": "message", "text": "Hi", "to": "dana@post.example"}
            fine["from"] = f"{support.pk}:"
            tried = [
                {**dict.fromkeys(POST, nasty), "kind": "message"},
                {**dict.fromkeys(POST, nasty), "kind": "note"},
                *({**fine, "client_id": str(uuid.uuid4()), name: nasty} for name in alone),
            ]
            found += [(f"POST {t['kind']}", nasty, strict.post(url, t).status_code) for t in tried]
    assert not {(how, nasty[:40], status) for how, nasty, status in found if status >= 500}
    if posts:  # what it left can be shown
        assert strict.get(f"/inbox/q/all/c/{case.pk}/").status_code == 200


def test_no_number_is_too_large(strict: Client, support: Channel) -> None:
    case = receive(support, "dana@post.example").case
    urls = {
        f"/{base}/".replace("//", "/").replace("<n>", number).removesuffix("/") + end
        for number in IDS
        for base, end in (
            ("inbox/q/all/c/<n>", "/"),
            ("inbox/q/team-<n>", "/"),
            ("inbox/c/<n>", "/"),
            ("inbox/c/<n>/feed", ""),
            ("inbox/c/<n>/changes", "?after=1"),
            (f"inbox/c/{case.pk}/m/<n>/body", ""),
            ("inbox/attachments/<n>", "/"),
            ("admin/conversations/case/<n>/change", "/"),
        )
    }
    assert {strict.get(url).status_code for url in urls} <= {302, 400, 404}
    posts = (
        "<n>/take", "<n>/read", "<n>/drafts", "<n>/messages", f"{case.pk}/messages/<n>/cancel",
        f"{case.pk}/participants/<n>/accept", f"{case.pk}/deliveries/<n>/send-again",
    )  # fmt: skip
    said = {"up_to": "2026-01-01T00:00:00Z", "text": "Hi", "to": "dana@post.example"}
    for number in IDS:
        for post in posts:
            answered = strict.post(f"/inbox/c/{post.replace('<n>', number)}", said)
            assert answered.status_code == 404, (post, number[:30])


def test_no_name_of_a_file_falls_over(strict: Client, support: Channel) -> None:
    case = receive(support, "dana@post.example").case
    for nasty in NASTY:
        file = SimpleUploadedFile("x", b"content", content_type="text/plain")
        file.name = nasty or "x"  # past the check of Django's own client
        file.content_type = nasty.replace("\r\n", "") or "x"
        said = {"kind": "note", "note": "See", "files": file}
        assert strict.post(f"/inbox/c/{case.pk}/messages", said).status_code < 500, nasty[:40]


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken", "inbox_view", "theme", "messages"])
def test_no_cookie_falls_over(strict: Client, cookie: str) -> None:
    for nasty in ('"\\000aaaaaaaaaaaa"', "x" * 3000, "%00", "[]", "-1", "a:b:c"):
        for url in ("/inbox/", "/accounts/login/"):
            answered = Client(raise_request_exception=False).get(
                url, headers={"Cookie": f"{cookie}={nasty}"}
            )
            assert answered.status_code < 500, nasty


@pytest.mark.parametrize("url", ["/x%00", "/hooks/email/%00/raw", "/inbox/?a=%00", "/%00"])
def test_nul_is_bad_everywhere(url: str) -> None:
    stranger = Client(raise_request_exception=False)
    assert stranger.get(url).status_code == 400
    assert stranger.post(url, b"x", content_type="message/rfc822").status_code == 400
