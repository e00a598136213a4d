"""The search page: what it shows of each hit, where a hit leads, and what it says of none."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Channel, Team
from conversations.services import notes, search, status, tags
from inbox.reads import thread as thread_reads
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db


def page(desk: Client, query: str, **more: str) -> str:
    answered = desk.get("/inbox/search/", {"q": query, **more})
    assert answered.status_code == 200
    return answered.content.decode()


def test_shows_the_line_that_answers_with_its_words_marked(desk: Client, support: Channel) -> None:
    text = "Hello,\n\nthe battery <b>of</b> my café machine is dead.\n\nBye"
    case = receive(support, "dana@post.example", text, name="Dana O'Hara", subject="Pro 2").case
    shown = page(desk, "cafe")
    assert "the battery &lt;b&gt;of&lt;/b&gt; my <mark>café</mark> machine is dead." in shown
    for part in ("Dana O&#x27;Hara", "Pro 2", f"/inbox/search/c/{case.pk}/?q=cafe&amp;m="):
        assert part in shown
    assert "Bye" not in shown


def test_shows_cases_by_customer_address_topic_tag_and_number(
    desk: Client, support: Channel, priya: Agent
) -> None:
    case = receive(support, "dana@post.example", name="Dana Ñúñez", subject="Shuts off").case
    tags.replace(case_id=case.pk, agent=priya, names=["gearbox"])
    assert "Dana <mark>Ñúñez</mark>" in page(desk, "nunez")
    assert "<mark>dana@post.example</mark>" in page(desk, "dana@post.example")
    assert "<mark>Shuts</mark> off" in page(desk, "shuts", **{"in": "cases"})
    assert "<mark>gear</mark>box" in page(desk, "gear")
    assert f"Case {case.pk}" in page(desk, str(case.pk))


def test_says_who_of_us_wrote_and_what_the_line_is_of(
    desk: Client, support: Channel, priya: Agent, marco: Agent
) -> None:
    case = receive(support, "dana@post.example", files={"factura_2026-11.pdf": "x"}).case
    answer(case, priya, "The walnut one")
    notes.add(case_id=case.pk, agent=marco, text="walnut, he says", client_id=uuid.uuid4())
    shown = page(desk, "walnut")
    assert "You:" in shown
    assert "Marco:" in shown
    assert "#i-lock" in shown
    shown = page(desk, "factura")
    assert "<mark>factura</mark>_2026-11.pdf" in shown
    assert "#i-file" in shown


def test_opens_the_thread_at_the_message(
    desk: Client, support: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_reads, "PAGE", 3)
    sought = receive(support, "dana@post.example", "needle")
    for n in range(6):
        receive(support, "dana@post.example", f"hay {n}")
    link = re.search(r'href="(/inbox/search/c/[^"]+#m-[^"]+)"', page(desk, "needle"))
    assert link is not None
    url, _, anchor = link[1].replace("&amp;", "&").partition("#")
    shown = desk.get(url).content.decode()
    assert anchor == f"m-{sought.pk}"
    assert f'is-hit" id="{anchor}"' in shown
    assert f'data-hit="{anchor}"' in shown
    assert "hay 5" in shown
    assert "data-current" in shown


def test_a_message_of_another_case_is_not_opened_in_this_one(
    desk: Client, support: Channel
) -> None:
    case = receive(support, "dana@post.example", "One").case
    other = receive(support, "leon@post.example", "Two")
    shown = desk.get(
        f"/inbox/search/c/{case.pk}/", {"q": "two", "m": str(other.pk)}
    ).content.decode()
    assert f'id="m-{other.pk}"' not in shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Search everything that was said."),
        ("a", "Two letters at least."),
        ("zebra", "Nothing found for “zebra”."),
        ("<script>x</script>", "Nothing found for “&lt;script&gt;x&lt;/script&gt;”."),
    ],
)
def test_says_why_there_is_nothing(desk: Client, support: Channel, query: str, words: str) -> None:
    receive(support, "dana@post.example", "Hello")
    assert words in page(desk, query)


def test_is_spanish_for_who_reads_spanish(desk: Client, priya: Agent) -> None:
    priya.language = "es"
    priya.save()
    assert "Nada encontrado para «zebra»." in page(desk, "zebra")


def test_further_pages_follow_and_end(
    desk: Client, support: Channel, monkeypatch: pytest.MonkeyPatch, htmx: dict[str, Any]
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    sent = [receive(support, f"c{n}@post.example", f"needle {n}").pk for n in range(5)]
    url, seen = "/inbox/search/?q=needle&in=messages", []
    while url:
        answered = desk.get(url, headers={"HX-Request": "true", "HX-Target": "more"})
        seen += [int(found) for found in re.findall(r'id="fm-(\d+)"', answered.content.decode())]
        url = answered.context["results"].more_messages
    assert seen == sent[::-1]


@pytest.mark.parametrize("cursor", ["x", "~", "2020-01-01~1", "~9", "9999-12-31T23:59:59-23:59~1"])
def test_refuses_a_cursor_that_is_not_ours(desk: Client, cursor: str) -> None:
    asked = {"q": "needle", "in": "messages", "after": cursor}
    assert desk.get("/inbox/search/", asked).status_code == 404


def test_costs_the_same_statements_for_one_row_and_for_many(desk: Client, support: Channel) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            page(desk, "needle")
        return len(caught)

    receive(support, "dana@post.example", "needle", subject="A needle")
    few = statements()
    for n in range(30):
        receive(support, f"c{n}@post.example", "needle", subject="A needle")
    assert statements() == few
    assert few <= 20


def test_shows_nobody_a_restricted_word(desk: Client, support: Channel, legal: Team) -> None:
    counsel = make_channel(legal, name="counsel")
    make_agent("Lex Law", legal)
    receive(support, "dana@post.example", "Where is it?", name="Dana")
    case = receive(counsel, "dana@post.example", "quokka", subject="quokka").case
    for query in ("quokka", str(case.pk), "dana"):
        shown = page(desk, query)
        assert f"/c/{case.pk}/" not in shown
        assert "quokka" not in shown.replace('value="quokka"', "").replace("q=quokka", "").replace(
            "“quokka”", ""
        ).replace("<title>quokka", "")


def test_marks_what_is_done_with(desk: Client, support: Channel, priya: Agent) -> None:
    case = receive(support, "dana@post.example", "needle").case
    status.resolve(case_id=case.pk, agent=priya)
    assert '<span class="chip">Resolved</span>' in page(desk, "needle")


def test_asks_strangers_to_sign_in(client: Client) -> None:
    assert client.get("/inbox/search/?q=x").headers["Location"].startswith("/accounts/login/")
