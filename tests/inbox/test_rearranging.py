"""Splitting and merging by hand: no scripts, both sides shown, an undo that stays."""

import re

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Claim, Rearrangement, Team
from conversations.services import merge_customers
from tests.people import answer, make_agent, receive

pytestmark = pytest.mark.django_db

DANA, EVE = "dana@hey.example", "eve@out.example"


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    case = receive(support, DANA, "The chair wobbles", name="Dana Ruiz", subject="Chair").case
    answer(case, priya, "Tighten it.")
    receive(support, DANA, "Where is my invoice?")
    return case


def text_of(client: Client, url: str, **asked: str | int) -> str:
    answered = client.get(url, asked)
    assert answered.status_code == 200, answered.content[:500]
    return re.sub(r"\s+", " ", answered.content.decode())


def test_a_split_by_hand_and_back(desk: Client, case: Case) -> None:
    url = f"/inbox/c/{case.pk}/split"
    assert "Where is my invoice?" in text_of(desk, url)
    asked = case.messages.get(text="Where is my invoice?").pk
    shown = text_of(desk, url, m=asked)
    assert "Stays: 2" in shown
    assert "Goes: 1" in shown
    said = {"m": asked, "into": "new", "topic": "Invoice", "cause": "Another matter"}
    answered = desk.post(url, {**said, "q": "all"})
    assert answered.headers["Location"] == f"/inbox/q/all/c/{case.pk}/"
    page = text_of(desk, answered.headers["Location"])
    new = Case.objects.get(topic="Invoice")
    assert f"Split off into case {new.pk}" in page
    assert f"Priya split messages off into case {new.pk} (1): Another matter" in page
    undo = f"/inbox/c/{case.pk}/put-back/{Rearrangement.objects.get().pk}"
    assert page.count(f'action="{undo}"') == 2
    assert desk.post(undo, {"q": "all"}).status_code == 302
    page = text_of(desk, f"/inbox/q/all/c/{case.pk}/")
    assert "Undone: everything is where it was" in page
    assert undo not in page
    assert desk.get(f"/inbox/q/all/c/{new.pk}/").headers["Location"].endswith(f"/c/{case.pk}/")


def test_all_or_nothing_is_refused_on_the_page(desk: Client, case: Case) -> None:
    url = f"/inbox/c/{case.pk}/split"
    everything = [m.pk for m in case.messages.exclude(kind="activity")]
    answered = desk.get(url, {"m": everything})
    assert answered.status_code == 422
    assert "At least one message must stay" in answered.content.decode()
    assert desk.get(url, {"m": "x"}).status_code == 422


def test_two_cases_become_one_by_hand(desk: Client, case: Case, support: Channel) -> None:
    other = Case.objects.create(
        conversation=case.conversation, team=case.team, topic="Invoice",
        opened_at=case.opened_at, last_message_at=case.opened_at,
    )  # fmt: skip
    assert f"/merge/{other.pk}" in text_of(desk, f"/inbox/c/{case.pk}/merge")
    url = f"/inbox/c/{other.pk}/merge/{case.pk}"
    assert "Merge two cases" in text_of(desk, url)
    answered = desk.post(url, {"what": "cases", "q": "all", "cause": "Same"})
    assert answered.headers["Location"] == f"/inbox/q/all/c/{case.pk}/"
    assert f"Priya merged case {other.pk} into this one: Same" in text_of(
        desk, answered.headers["Location"]
    )
    assert f">{other.pk} Invoice" not in text_of(desk, "/inbox/q/all/", tab="all")


def test_two_customers_are_shown_before_they_are_one(
    desk: Client, case: Case, support: Channel, legal: Team
) -> None:
    other = receive(support, EVE, "Hello", name="Eve Roe", subject="Lamp").case
    Case.objects.create(
        conversation=other.conversation, team=legal, topic="secret will",
        opened_at=case.opened_at, last_message_at=case.opened_at,
    )  # fmt: skip
    found = text_of(desk, f"/inbox/c/{case.pk}/merge", q="Lamp")
    assert f"/merge/{other.pk}" in found
    url = f"/inbox/c/{case.pk}/merge/{other.pk}"
    shown = text_of(desk, url)
    for words in ("Merge two customers", DANA, EVE, "Lamp", "A case with Legal", "Survives"):
        assert words in shown
    assert "secret" not in shown + found
    answered = desk.post(url, {"what": "customers", "q": "all", "cause": "Same phone"})
    page = text_of(desk, answered.headers["Location"])
    assert "Priya merged Dana Ruiz and Eve Roe into one customer: Same phone" in page
    assert EVE in page


def test_a_later_undo_says_why_not(
    desk: Client, case: Case, support: Channel, priya: Agent
) -> None:
    other, third = (receive(support, f"{n}@out.example", n).case for n in ("a", "b"))
    first, _second = (
        merge_customers.merge(case_id=case.pk, agent=priya, other_case_id=one.pk)
        for one in (other, third)
    )
    answered = desk.post(f"/inbox/c/{case.pk}/put-back/{first.pk}", {"q": "all"})
    assert answered.status_code == 422
    assert "Undo a later step first: what Priya Nair did on" in answered.content.decode()


def test_the_slower_of_two_is_told(desk: Client, case: Case, support: Channel, team: Team) -> None:
    other = receive(support, EVE, "Hello").case
    lena = make_agent("Lena Ortiz", team)
    entry = merge_customers.merge(case_id=case.pk, agent=lena, other_case_id=other.pk)
    url = f"/inbox/c/{case.pk}/merge/{other.pk}"
    answered = desk.post(url, {"what": "customers"})
    assert answered.status_code == 409
    assert "Lena Ortiz merged these meanwhile" in answered.content.decode()
    assert desk.post(f"/inbox/c/{other.pk}/put-back/{entry.pk}").status_code == 302
    again = desk.post(f"/inbox/c/{other.pk}/put-back/{entry.pk}")
    assert again.status_code in {404, 409}


def test_doubles_are_suggested(desk: Client, case: Case, support: Channel) -> None:
    other = receive(support, EVE, "Hello", name="Eve Roe").case
    Claim.objects.create(customer=other.conversation.customer, kind="email", value=DANA)
    shown = text_of(desk, f"/inbox/c/{case.pk}/merge")
    assert "May be the same person" in shown
    assert f"one gave {DANA}, the other has it" in shown


def test_what_is_not_seen_is_no_other_side(
    desk: Client, case: Case, support: Channel, legal: Team, warranty: Team
) -> None:
    other = receive(support, EVE, "Hello").case
    Case.objects.filter(pk=other.pk).update(team=legal)
    url = f"/inbox/c/{case.pk}/merge/{other.pk}"
    assert desk.get(url).status_code == desk.post(url).status_code == 404
    assert "Nothing that you see" in text_of(desk, f"/inbox/c/{case.pk}/merge", q="eve")
    lex = make_agent("Lex Law", legal)
    entry = merge_customers.merge(case_id=case.pk, agent=lex, other_case_id=other.pk)
    third = receive(support, "c@out.example", "x").case
    assert desk.post(f"/inbox/c/{third.pk}/put-back/{entry.pk}").status_code == 404
