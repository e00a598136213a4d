"""Macros: words in the customer's language, filled or held back, and what is done along."""

import uuid

import pytest
from django.test import Client

from conversations.models import Agent, BulkJob, Case, Channel, Macro, Message, Team
from tests.people import make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    found = receive(support, "dana@post.example", "Where is it?", name="Dana Whitfield").case
    Case.objects.update(assignee=priya)
    return found


@pytest.fixture
def macro() -> Macro:
    return Macro.objects.create(
        name="Refund",
        text_en="Hi {{customer.first_name}}, case {{ case.number }} is refunded.",
        text_es="Hola {{customer.first_name}}: te devolvemos el dinero.",
        add_tags="refund, VIP",
        snooze_hours=48,
    )


def send(desk: Client, case: Case, text: str, macro: object = "") -> str:
    said = {"kind": "message", "text": text, "to": "dana@post.example", "q": "mine"}
    data = {**said, "macro": macro, "client_id": uuid.uuid4()}
    return desk.post(f"/inbox/c/{case.pk}/messages", data, follow=True).content.decode()


def offered(desk: Client, case: Case) -> str:
    page = desk.get(f"/inbox/c/{case.pk}/macros", headers={"HX-Request": "true"})
    return page.content.decode()


def test_is_offered_filled_with_what_it_does(desk: Client, case: Case, macro: Macro) -> None:
    page = offered(desk, case)
    assert f"Hi Dana, case {case.pk} is refunded." in page
    assert "adds refund, VIP, snoozes for 2 days" in page


def test_speaks_the_customer_s_language(desk: Client, case: Case, macro: Macro) -> None:
    customer = case.conversation.customer
    customer.language = "es-MX"
    customer.save()
    assert "Hola Dana: te devolvemos el dinero." in offered(desk, case)
    Macro.objects.update(text_es="")
    assert "Hi Dana" in offered(desk, case)


def test_its_actions_are_done_with_the_answer(desk: Client, case: Case, macro: Macro) -> None:
    send(desk, case, "Hi Dana", macro.pk)
    case.refresh_from_db()
    assert case.status == "snoozed"
    assert sorted(case.tags.values_list("name", flat=True)) == ["refund", "vip"]
    assert Macro.objects.get().used_count == 1
    assert Message.objects.filter(case=case, agent__isnull=False, kind="message").count() == 1


def test_what_could_not_be_filled_does_not_go_out(desk: Client, support: Channel) -> None:
    case = receive(support, "nobody@post.example", "Hello").case
    page = send(desk, case, "Hi {{customer.first_name}}")
    assert "Fill in {{customer.first_name}} first" in page
    assert "Hi {{customer.first_name}}" in page, "the words are still there"
    assert not Message.objects.filter(agent__isnull=False).exists()
    assert "Fill in" not in send(desk, case, "Use {{mustache}} or {{ a.b }} in your template")


def test_one_that_is_out_of_use_keeps_no_answer_back(
    desk: Client, case: Case, macro: Macro
) -> None:
    Macro.objects.update(is_active=False)
    send(desk, case, "Hi Dana", macro.pk)
    assert Message.objects.filter(case=case, agent__isnull=False, kind="message").exists()


def test_without_words_it_runs_at_once_and_comes_back(desk: Client, case: Case) -> None:
    macro = Macro.objects.create(name="Close", add_tags="done", resolves=True, priority=0)
    page = desk.post(f"/inbox/c/{case.pk}/macros/{macro.pk}/run", {"q": "all"}, follow=True)
    case.refresh_from_db()
    assert (case.status, case.priority) == ("resolved", 0)
    assert "Done: Close" in page.content.decode()
    desk.post(f"/inbox/bulk/{BulkJob.objects.get().pk}/undo")
    case.refresh_from_db()
    assert (case.status, case.priority, case.tags.count()) == ("open", 1, 0)


def test_without_scripts_a_link_inserts_it(desk: Client, case: Case, macro: Macro) -> None:
    page = desk.get(f"/inbox/c/{case.pk}/macros").content.decode()
    assert f"/inbox/q/all/c/{case.pk}/?macro={macro.pk}" in page
    page = desk.get(f"/inbox/q/all/c/{case.pk}/?macro={macro.pk}").content.decode()
    assert f"Hi Dana, case {case.pk} is refunded.</textarea>" in page
    assert f'name="macro" value="{macro.pk}"' in page


def test_who_may_use_which(
    desk: Client, case: Case, priya: Agent, warranty: Team, marco: Agent
) -> None:
    Macro.objects.create(name="Mine alone", text_en="x", owner=priya)
    Macro.objects.create(name="Of Marco", text_en="x", owner=marco)
    theirs = Macro.objects.create(name="Of Warranty", add_tags="x", team=warranty)
    page = offered(desk, case)
    assert [name in page for name in ("Mine alone", "Of Marco", "Of Warranty")] == [
        True, False, False,
    ]  # fmt: skip
    assert desk.post(f"/inbox/c/{case.pk}/macros/{theirs.pk}/run").status_code == 404
    other = Client()
    other.force_login(make_agent("Wanda Warr", warranty))
    assert "Of Warranty" in offered(other, case)


def test_an_agent_writes_deletes_and_brings_back_their_own(desk: Client, priya: Agent) -> None:
    data = {"name": "Thanks", "text_en": "Thank you, {{customer.name}}!"}
    desk.post("/inbox/macros/0/", data)
    macro = Macro.objects.get(owner=priya)
    assert "Thanks" in desk.get("/inbox/macros/").content.decode()
    desk.post(f"/inbox/macros/{macro.pk}/switch")
    assert "Deleted: Thanks" in desk.get("/inbox/macros/").content.decode()
    assert "Thanks" not in desk.get("/inbox/macros/").content.decode()
    desk.post(f"/inbox/macros/{macro.pk}/switch")
    assert "Thanks" in desk.get("/inbox/macros/").content.decode()
    other = Client()
    other.force_login(make_agent("Stan Other"))
    assert other.post(f"/inbox/macros/{macro.pk}/", data).status_code == 404
    assert other.post(f"/inbox/macros/{macro.pk}/switch").status_code == 404


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"text_en": "Hi {{customer.shoe_size}}"}, "no placeholder “customer.shoe_size”"),
        ({"snooze_hours": "4", "resolves": "on"}, "either snoozed or resolved"),
        ({}, "Give it words"),
    ],
)
def test_what_makes_no_macro_is_said(desk: Client, said: dict[str, str], says: str) -> None:
    page = desk.post("/inbox/macros/0/", {"name": "Odd", **said})
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Macro.objects.exists()
