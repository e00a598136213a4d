"""Every code has a sentence, in the agent's language."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Channel
from inbox import texts
from tests.people import receive


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
