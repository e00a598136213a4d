"""Every sentence of the inbox exists in Spanish, and every code has a sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Channel
from inbox import texts
from omnihub.messages import parse
from tests.people import receive

INBOX = Path(settings.BASE_DIR) / "inbox"
SPANISH = parse((INBOX / "locale/es/LC_MESSAGES/django.po").read_text())
CALLS = {"_": False, "gettext": False, "pgettext": True, "pgettext_lazy": True}
TAG = re.compile(r"""{% translate (["'])(?P<text>.*?)\1(?: context "(?P<context>.*?)")? %}""")


def in_templates() -> Iterator[str]:
    for path in INBOX.rglob("*.html"):
        for found in TAG.finditer(path.read_text()):
            context = found["context"]
            yield f"{context}\x04{found['text']}" if context else found["text"]


def in_python() -> Iterator[str]:
    for path in INBOX.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield from _said(node, node.func.id)


def _said(node: ast.Call, name: str) -> Iterator[str]:
    words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in CALLS and words:
        yield "\x04".join(words[:2]) if CALLS[name] else words[0]


def test_nothing_is_left_in_english() -> None:
    said = {*in_templates(), *in_python()}
    assert len(said) > 200
    assert sorted(text for text in said if not SPANISH.get(text)) == []


def test_says_unknown_codes_as_words() -> None:
    assert texts.reason("greylisted_again") == "Greylisted again"
    assert texts.refusal("strange", {}) == "Strange"


@pytest.mark.parametrize("sentences", [texts.ACTIVITIES, texts.REFUSALS, texts.REASONS])
def test_a_missing_value_never_breaks_a_sentence(sentences: dict[str, object]) -> None:
    for code in sentences:
        assert texts._say(sentences, code, {})  # type: ignore[arg-type]


@pytest.mark.django_db
def test_speaks_the_agents_language_and_shows_their_clock(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@post.example").case
    Agent.objects.filter(pk=priya.pk).update(language="es", time_zone="Asia/Tokyo")
    answered = desk.get(f"/inbox/q/all/c/{case.pk}/")
    page = answered.content.decode()
    assert '<html lang="es"' in page
    assert "Por responder" in page
    assert answered.headers["Content-Language"] == "es"


@pytest.mark.django_db
def test_keeps_what_agents_decide_about_their_desk(desk: Client, priya: Agent) -> None:
    said = {
        "language": "es",
        "time_zone": "Europe/Madrid",
        "signature": "Priya",
        "undo_seconds": "20",
        "theme": "dark",
    }
    answered = desk.post("/inbox/me/", said)
    assert answered.status_code == 302
    priya.refresh_from_db()
    assert (priya.language, priya.time_zone, priya.undo_seconds) == ("es", "Europe/Madrid", 20)
    assert desk.cookies["theme"].value == "dark"
    assert desk.cookies["shortcuts"].value == "off"
    assert 'data-theme="dark"' in desk.get("/inbox/me/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_switching_colours_never_leads_elsewhere(client: Client, back: str) -> None:
    answered = client.post("/inbox/me/theme", {"theme": "dark", "next": back})
    assert answered.headers["Location"] == "/inbox/"


@pytest.mark.django_db
def test_a_fault_asks_the_database_nothing(client: Client) -> None:
    with CaptureQueriesContext(connection) as caught:
        answered = client.get("/nowhere/")
    assert answered.status_code == 404
    assert "Nothing is here" in answered.content.decode()
    assert len(caught) == 0
