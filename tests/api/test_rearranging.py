"""Programs split, move and merge: both sides before, the journal after, and the way back."""

from typing import Any

import pytest
from django.test import Client

from conversations.models import Agent, Case, Channel, Customer, Message, Team
from conversations.services import merge_cases, split
from tests.api.conftest import machine
from tests.api.test_actions import post
from tests.api.test_frame import problem
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

DANA, EVE = "dana@hey.example", "eve@out.example"


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    case = receive(support, DANA, "The chair wobbles", name="Dana Ruiz", subject="Chair").case
    answer(case, priya, "Tighten it.")
    receive(support, DANA, "Where is my invoice?", tokens=[case.reply_token])
    return case


@pytest.fixture
def invoice(case: Case) -> Message:
    return case.messages.get(text="Where is my invoice?")


@pytest.fixture
def eve(support: Channel) -> Customer:
    return receive(support, EVE, "Hi").case.conversation.customer


def told(api: Client, path: str) -> Any:
    answered = api.get(f"/api/v1/{path}")
    assert answered.status_code == 200, answered.content
    return answered.json()


def test_a_split_is_looked_at_done_listed_and_undone(
    api: Client, case: Case, invoice: Message, priya: Agent
) -> None:
    said = {"messages": [invoice.pk], "topic": "Invoice", "cause": "Another matter"}
    before = post(api, f"cases/{case.pk}/split/preview/", said).json()
    assert [line["line"] for line in before["goes"]["messages"]] == ["Where is my invoice?"]
    assert (before["goes"]["case"], before["goes"]["topic"]) == (None, "Invoice")
    assert [line["author"]["name"] for line in before["stays"]["messages"]] == [
        "Dana Ruiz", "Priya Nair",
    ]  # fmt: skip
    assert not Case.objects.exclude(pk=case.pk).exists()

    done = post(api, f"cases/{case.pk}/split/", said, key="once")
    assert done.status_code == 201
    entry = done.json()
    assert (entry["kind"], entry["source"], entry["cause"]) == ("split", case.pk, "Another matter")
    assert entry["by"] == {"id": priya.pk, "name": "Priya Nair"}
    again = post(api, f"cases/{case.pk}/split/", said, key="once")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (entry, "true")
    assert api.get(done.headers["Location"]).json() == entry
    assert told(api, f"cases/{entry['target']}/")["topic"] == "Invoice"
    assert told(api, f"rearrangements/?case={entry['target']}")["results"] == [entry]

    back = post(api, f"rearrangements/{entry['id']}/undo/").json()
    assert back["undone_by"]["name"] == "Priya Nair"
    assert told(api, f"cases/{entry['target']}/")["id"] == case.pk
    problem(post(api, f"rearrangements/{entry['id']}/undo/"), 409, "already_undone")
    assert told(api, "rearrangements/?standing=true")["results"] == []


def test_messages_go_into_another_case_and_the_last_goes_back_first(
    api: Client, case: Case, invoice: Message, priya: Agent
) -> None:
    made = split.split(case_id=case.pk, agent=priya, message_ids=[invoice.pk])
    reply = case.messages.get(text="Tighten it.")
    said = {"messages": [reply.pk], "to": made.target_id}
    before = post(api, f"cases/{case.pk}/move-messages/preview/", said).json()
    assert before["goes"]["case"] == made.target_id
    assert [one["id"] for one in before["goes"]["messages"]] == [reply.pk]
    moved = post(api, f"cases/{case.pk}/move-messages/", said).json()
    reply.refresh_from_db()
    assert reply.case_id == made.target_id
    no = problem(post(api, f"rearrangements/{made.pk}/undo/"), 422, "undo_other_first")
    assert no["params"]["id"] == moved["id"]


def test_two_cases_become_one(api: Client, case: Case, invoice: Message, priya: Agent) -> None:
    other = split.split(case_id=case.pk, agent=priya, message_ids=[invoice.pk]).target_id
    before = post(api, f"cases/{other}/merge/preview/", {"other": case.pk}).json()["sides"]
    assert [(side["survives"], side["cases"][0]["id"]) for side in before] == [
        (True, case.pk), (False, other),
    ]  # fmt: skip
    merged = post(api, f"cases/{other}/merge/", {"other": case.pk, "cause": "Same"}).json()
    assert (merged["source"], merged["target"]) == (other, case.pk)
    assert told(api, f"cases/{other}/")["id"] == case.pk


def test_two_customers_become_one_and_two_again(
    api: Client, case: Case, eve: Customer, legal: Team
) -> None:
    counsel = make_channel(legal, name="counsel")
    Channel.objects.filter(pk=counsel.pk).update(is_own_topic=True)
    counsel.refresh_from_db()
    receive(counsel, EVE, "A secret")
    dana = case.conversation.customer_id
    path = f"customers/{eve.pk}/merge/"
    sides = post(api, f"{path}preview/", {"other": dana}).json()["sides"]
    assert [(side["customer"]["id"], side["survives"]) for side in sides] == [
        (dana, True), (eve.pk, False),
    ]  # fmt: skip
    assert (sides[1]["number_of_cases"], sides[1]["hidden"]) == (1, ["Legal"])
    done = post(api, path, {"other": dana, "cause": "Told us"})
    assert done.status_code == 201
    assert (done.json()["survivor"], done.json()["loser"]) == (dana, eve.pk)
    assert told(api, f"customers/{eve.pk}/")["id"] == dana
    assert told(api, f"rearrangements/?customer={eve.pk}&kind=customers")["results"]
    problem(post(api, f"{path}preview/", {"other": dana}), 422, "same_customer")
    assert post(api, f"rearrangements/{done.json()['id']}/undo/").status_code == 200
    assert told(api, f"customers/{eve.pk}/")["id"] == eve.pk


@pytest.mark.parametrize("preview", ["", "preview/"])
def test_what_cannot_be_is_refused_before_as_at_the_act(
    api: Client, case: Case, invoice: Message, eve: Customer, preview: str
) -> None:
    everything = list(case.messages.exclude(kind="activity").values_list("pk", flat=True))
    split_it, merge = f"cases/{case.pk}/split/{preview}", f"cases/{case.pk}/merge/{preview}"
    problem(post(api, split_it, {"messages": everything}), 422, "one_must_stay")
    problem(post(api, split_it, {"messages": [10**9]}), 422, "no_such_messages")
    problem(post(api, split_it, {"messages": [invoice.pk], "team": 10**9}), 422, "no_such_team")
    problem(post(api, split_it, {"messages": []}), 422, "invalid")
    problem(post(api, merge, {"other": case.pk}), 422, "same_case")
    theirs = eve.conversation.cases.get().pk
    problem(post(api, merge, {"other": theirs}), 422, "another_customer")
    problem(post(api, merge, {"other": 10**9}), 404, "not_found")
    problem(post(api, f"customers/{eve.pk}/merge/{preview}", {"other": 10**9}), 404, "not_found")


@pytest.mark.parametrize("preview", ["", "preview/"])
def test_the_second_is_told_who_was_first(
    api: Client, case: Case, invoice: Message, team: Team, preview: str
) -> None:
    stan = make_agent("Stan Other", team)
    made = split.split(case_id=case.pk, agent=stan, message_ids=[invoice.pk])
    late = post(api, f"cases/{case.pk}/split/{preview}", {"messages": [invoice.pk]})
    assert problem(late, 409, "messages_moved")["params"]["who"] == "Stan Other"
    merge_cases.merge(case_id=case.pk, agent=stan, other_id=made.target_id or 0)
    late = post(api, f"cases/{case.pk}/merge/{preview}", {"other": made.target_id})
    assert problem(late, 409, "already_merged")["params"]["who"] == "Stan Other"


def test_a_changed_case_is_not_split_over_somebody(
    api: Client, case: Case, invoice: Message, team: Team
) -> None:
    seen = case.conversation.revision
    other = machine(make_agent("Stan Other", team))
    assert post(other, f"cases/{case.pk}/take/").status_code == 200
    said = {"messages": [invoice.pk], "seen": seen}
    for path in ("split/", "split/preview/"):
        no = problem(post(api, f"cases/{case.pk}/{path}", said), 409, "changed_meanwhile")
        assert no["params"]["who"] == "Stan Other"


def test_a_token_that_reads_looks_and_does_not_act(
    case: Case, invoice: Message, priya: Agent
) -> None:
    reader = machine(priya, "read")
    said = {"messages": [invoice.pk]}
    assert post(reader, f"cases/{case.pk}/split/preview/", said).status_code == 200
    problem(post(reader, f"cases/{case.pk}/split/", said), 403, "insufficient_scope")


def test_whoever_may_not_act_hears_that_before_anything_of_the_body(
    api: Client, case: Case, warranty: Team
) -> None:
    others = make_channel(warranty, name="warranty")
    Channel.objects.update(is_own_topic=True)
    others.refresh_from_db()
    theirs = receive(others, DANA, "Broken").case
    for path in ("split/", "split/preview/", "merge/", "move-messages/"):
        no = problem(post(api, f"cases/{theirs.pk}/{path}", {"x": 1}), 403, "not_your_team")
        assert no["params"] == {"team": "Warranty"}
