"""The command palette's hits: recent cases, people, tags, a snooze in words; rights with each."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Case, Channel, Team
from conversations.services import status, tags
from tests.people import make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

URL = "/inbox/palette/"


@pytest.fixture(autouse=True)
def saturday(time_machine: Any, priya: Agent) -> None:
    time_machine.move_to("2026-11-28T13:00:00+00:00")
    Agent.objects.filter(pk=priya.pk).update(time_zone="Europe/Madrid")


@pytest.fixture
def case(support: Channel) -> Case:
    return receive(
        support, "dana@post.example", "It stops", name="Dana Whitfield", subject="Pro 2"
    ).case


def page(desk: Client, query: str, **more: Any) -> str:
    answered = desk.get(URL, {"q": query, **more})
    assert answered.status_code == 200
    return " ".join(answered.content.decode().split())


def options(shown: str) -> list[str]:
    found = re.findall(r'role="option".*?<span>(.*?)</(?:a|div)>', shown)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


def says(shown: str) -> str:
    told = re.search(r'data-slot="says">(.*?)</p>', shown)
    return told[1] if told else "?"


def test_opens_with_what_was_opened_last_and_may_be_seen(
    desk: Client, support: Channel, legal: Team, case: Case
) -> None:
    hidden = receive(make_channel(legal, name="counsel"), "eve@post.example", name="Eve").case
    other = receive(support, "leon@post.example", "Hi", name="Leon", subject="Bill").case
    told = page(desk, "", r=f"{hidden.pk},{other.pk},{case.pk},{other.pk},x,999999")
    assert options(told) == ["Leon Bill", "Dana Whitfield Pro 2"]
    assert options(page(desk, "", r=f"{other.pk},{case.pk}", c=case.pk)) == ["Leon Bill"]


def test_finds_cases_and_the_people_whom_they_are_of(desk: Client, case: Case) -> None:
    told = page(desk, "dan")
    assert options(told) == [
        "Dana Whitfield Pro 2",
        "Dana Whitfield dana@post.example",
        "Search all messages for “dan”",
    ]
    assert f'href="/inbox/c/{case.pk}/"' in told
    assert f'href="/inbox/customers/{case.conversation.customer_id}/"' in told
    assert options(page(desk, "@whit"))[:1] == ["Dana Whitfield dana@post.example"]
    assert options(page(desk, "pro 2"))[0] == "Dana Whitfield Pro 2"
    assert "Dana Whitfield dana" not in page(desk, "pro 2"), "only the topic answers"
    assert options(page(desk, "> dan")) == []


def test_tags_go_on_and_off_the_open_case(desk: Client, case: Case, priya: Agent) -> None:
    tags.replace(case_id=case.pk, agent=priya, names=["warranty", "gearbox"])
    assert options(page(desk, "#war", c=case.pk)) == [
        "Take off “warranty”",
        "Put on the new tag “war”",
    ]
    tags.replace(case_id=case.pk, agent=priya, names=["gearbox"])
    assert options(page(desk, "# gear", c=case.pk))[0] == "Take off “gearbox”"
    assert "Open a case" in says(page(desk, "#gear"))


@pytest.mark.parametrize(
    ("words", "offered", "told"),
    [
        ("snooze tuesday 9am", "Snooze until Tue 1 Dec, 09:00", ""),
        ("> posponer mañana 9", "Snooze until Sun 29 Nov, 09:00", ""),
        ("Pospón en 3 días", "Snooze until Tue 1 Dec, 09:00", ""),
        ("snooze in 2 h", "Snooze until Sat 28 Nov, 16:00", ""),
        ("snooze yesterday", "", "Choose a time that is still to come."),
        ("snooze in 500 days", "", "more than 400 days"),
        ("snooze blah", "", "Say it like"),
        ("next tuesday 9am", "Snooze until Tue 1 Dec, 09:00", ""),
        ("mañana 9", "Snooze until Sun 29 Nov, 09:00", ""),
        ("in 2 h", "Snooze until Sat 28 Nov, 16:00", ""),
        ("> in 2 h", "Snooze until Sat 28 Nov, 16:00", ""),
        ("@ in 2 h", "", ""),
        ("k-48213", "", ""),
        ("yesterday 9", "", ""),
        ("tomorrow", "", ""),
        ("snooze", "", ""),
        ("snoozed", "", ""),
    ],
)
def test_snoozes_by_words(desk: Client, case: Case, words: str, offered: str, told: str) -> None:
    shown = page(desk, words, c=case.pk)
    assert [one for one in options(shown) if one.startswith("Snooze")] == [offered] * bool(offered)
    assert told in says(shown)
    assert bool(told) == bool(says(shown))
    assert ("data-snooze" in shown) == bool(offered)


def test_offers_nothing_for_a_case_that_is_not_worked(
    desk: Client, case: Case, warranty: Team, priya: Agent
) -> None:
    others = receive(make_channel(warranty, name="warranty"), "will@post.example", "Hi").case
    for about in (others.pk, 999999, "x", "9" * 40):
        assert "data-snooze" not in page(desk, "snooze tomorrow", c=about)
        assert "data-tag" not in page(desk, "#new", c=about)
    status.resolve(case_id=case.pk, agent=priya)
    assert "data-snooze" not in page(desk, "snooze tomorrow", c=case.pk)


@pytest.mark.parametrize("query", ["", " ", ">", "#", "@", "@@", "#,", "<b>", "-", '"', "x" * 500])
def test_nonsense_is_answered(desk: Client, case: Case, query: str) -> None:
    assert "<b>" not in page(desk, query, c=case.pk, r="-1,,x")


def test_shows_nobody_a_restricted_word(desk: Client, legal: Team, case: Case) -> None:
    counsel = make_channel(legal, name="counsel")
    lex = make_agent("Lex Law", legal)
    hidden = receive(counsel, "quokka@post.example", name="Quokka", subject="quokka").case
    tags.replace(case_id=hidden.pk, agent=lex, names=["quokka"])
    for query in ("quo", "@quo", "#quo", str(hidden.pk)):
        shown = page(desk, query, c=case.pk, r=hidden.pk)
        assert "uokka" not in shown
        assert f"/c/{hidden.pk}/" not in shown


def test_costs_the_same_statements_for_few_and_for_many(
    desk: Client, support: Channel, priya: Agent
) -> None:
    def statements(query: str) -> int:
        numbers = Case.objects.order_by("-pk").values_list("pk", flat=True)
        opened = ",".join(map(str, numbers))
        with CaptureQueriesContext(connection) as caught:
            page(desk, query, c=numbers[0], r=opened)
        return len(caught)

    queries = ("", "needle", "@needle", "#need", "snooze tomorrow")
    first = receive(support, "needle@post.example", "x", subject="A needle", name="Needle").case
    tags.replace(case_id=first.pk, agent=priya, names=["needle"])
    receive(support, "other@post.example", "x", subject="Another needle")
    few = [statements(query) for query in queries]
    for n in range(8):
        other = receive(support, f"needle{n}@post.example", "x", subject="A needle").case
        tags.replace(case_id=other.pk, agent=priya, names=[f"needle {n}"])
    assert [statements(query) for query in queries] == few
    assert max(few) <= 14, few


def test_is_spanish_for_who_reads_spanish(desk: Client, case: Case, priya: Agent) -> None:
    Agent.objects.filter(pk=priya.pk).update(language="es")
    assert "Posponer hasta mar 1 dic, 09:00" in options(page(desk, "snooze martes", c=case.pk))
    assert "Buscar «dana» en todos los mensajes" in options(page(desk, "dana"))


def test_asks_strangers_to_sign_in(client: Client) -> None:
    assert client.get(f"{URL}?q=x").headers["Location"].startswith("/accounts/login/")
