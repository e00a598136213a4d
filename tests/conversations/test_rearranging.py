"""Splitting a case, moving messages, merging cases: what goes where, and the way back."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Agent, Case, Change, Channel, Draft, Message, Rearrangement, Team
from conversations.services import drafts, merge_cases, notes, put_back, status, tags
from conversations.services.errors import Conflict, Forbidden, Refused
from conversations.services.move import move
from conversations.services.split import split
from inbox.reads import replay, thread
from tests.people import answer, make_agent, receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(support: Channel, priya: Agent) -> Case:
    """Dana asks about a chair, is answered, then about an invoice."""
    case = receive(support, "dana@hey.example", "The chair wobbles", subject="Chair", id="1@d").case
    answer(case, priya, "Tighten it.")
    receive(support, "dana@hey.example", "Where is my invoice?", id="2@d", subject="Re: Chair")
    return Case.objects.get()


def said(case: Case) -> list[str]:
    """Texts of a case's messages and notes, in order."""
    kept = case.messages.exclude(kind="activity").filter(cancelled_at=None)
    return list(kept.in_order().values_list("text", flat=True))


def lines(case: Case) -> list[str]:
    return list(case.messages.filter(kind="activity").in_order().values_list("code", flat=True))


def number_of(text: str) -> int:
    return Message.objects.get(text=text).pk


def split_invoice(case: Case, agent: Agent, **wishes: Any) -> Rearrangement:
    ids = [number_of("Where is my invoice?")]
    return split(case_id=case.pk, agent=agent, message_ids=ids, **wishes)


def new_of(entry: Rearrangement) -> Case:
    assert entry.target_id
    return Case.objects.get(pk=entry.target_id)


def snapshot(*cases: Case) -> list[Any]:
    """Everything that a list or a page shows of cases, but for their lines of history."""
    columns = (
        "status", "topic", "team", "assignee", "waiting_since", "reply_due_at", "last_inbound_at",
        "last_message_at", "last_preview", "last_author", "journey", "priority", "merged_into",
    )  # fmt: skip
    return [(Case.objects.values_list(*columns).get(pk=c.pk), said(c)) for c in cases]


def test_a_split_makes_a_case_of_what_was_chosen(case: Case, priya: Agent) -> None:
    asked = Message.objects.get(text="Where is my invoice?")
    entry = split_invoice(case, priya, topic="Invoice", cause="Another matter")
    new = new_of(entry)
    case.refresh_from_db()
    assert said(case) == ["The chair wobbles", "Tighten it."]
    assert said(new) == ["Where is my invoice?"]
    assert (new.topic, new.status, new.assignee, new.team) == ("Invoice", "open", priya, case.team)
    assert new.waiting_since == asked.sorted_at == new.opened_at
    assert case.waiting_since is None
    assert case.last_preview == "Tighten it."
    assert lines(case)[-1] == "split_off"
    assert lines(new) == ["split_from"]
    asked.refresh_from_db()
    assert asked.receipt
    assert asked.receipt.case == new


def test_a_split_is_undone_after_traffic(case: Case, support: Channel, priya: Agent) -> None:
    before = snapshot(case)
    entry = split_invoice(case, priya)
    new = new_of(entry)
    later = receive(support, "dana@hey.example", "Also the delivery note", tokens=[new.reply_token])
    assert later.case == new
    answer(new, priya, "Attached.")
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    new.refresh_from_db()
    assert said(case) == [*before[0][1], "Also the delivery note", "Attached."]
    assert new.merged_into == case
    late = receive(support, "dana@hey.example", "Thanks!", tokens=[new.reply_token])
    assert late.case == case
    assert said(new) == []


def test_undone_at_once_nothing_has_changed(case: Case, priya: Agent) -> None:
    before = snapshot(case)
    put_back.undo(rearrangement_id=split_invoice(case, priya).pk, agent=priya)
    assert snapshot(case) == before


def test_an_answer_to_a_moved_message_follows_it(
    case: Case, support: Channel, priya: Agent
) -> None:
    """The mail program still writes to the first case's token."""
    invoice = answer(case, priya, "Here is the invoice.")
    ids = [number_of("Where is my invoice?"), invoice.pk]
    new = new_of(split(case_id=case.pk, agent=priya, message_ids=ids))
    mail = {"tokens": [case.reply_token], "references": [invoice.message_id]}
    assert receive(support, "dana@hey.example", "It is wrong", **mail).case == new
    other = {"tokens": [case.reply_token], "references": ["1@d"]}
    assert receive(support, "dana@hey.example", "Still wobbles", **other).case == case


def test_something_must_stay_and_something_must_be_chosen(case: Case, priya: Agent) -> None:
    everything = list(case.messages.values_list("pk", flat=True))
    chosen = list(case.messages.exclude(kind="activity").values_list("pk", flat=True))
    for ids, code in (
        (everything, "no_such_messages"),
        (chosen, "one_must_stay"),
        ([], "choose_messages"),
        ([10**9], "no_such_messages"),
    ):
        with pytest.raises(Refused, match=code):
            split(case_id=case.pk, agent=priya, message_ids=ids)
    assert Case.objects.count() == 1
    assert not Rearrangement.objects.exists()


def test_messages_move_to_another_case_and_back(
    case: Case, support: Channel, priya: Agent, team: Team
) -> None:
    new = new_of(split_invoice(case, priya))
    before = snapshot(case, new)
    entry = move(case_id=case.pk, agent=priya, message_ids=[number_of("Tighten it.")], to=new.pk)
    assert said(new) == ["Tighten it.", "Where is my invoice?"]
    assert said(case) == ["The chair wobbles"]
    case.refresh_from_db()
    assert case.waiting_since is not None
    receive(support, "dana@hey.example", "Hello?", tokens=[new.reply_token])
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    assert said(case) == before[0][1]
    assert said(new) == ["Where is my invoice?", "Hello?"]
    assert snapshot(case) == before[:1]


def test_a_strangers_words_move_with_their_place(
    case: Case, support: Channel, priya: Agent
) -> None:
    token = {"tokens": [case.reply_token]}
    word = receive(support, "eve@out.example", "I am her neighbour", **token)
    new = new_of(split(case_id=case.pk, agent=priya, message_ids=[word.pk]))
    assert new.participants.get().identity.value == "eve@out.example"
    assert new.waiting_since is None
    put_back.undo(rearrangement_id=Rearrangement.objects.get().pk, agent=priya)
    assert not new.participants.exists()


def test_the_older_of_two_cases_survives_a_merge(
    case: Case, support: Channel, priya: Agent
) -> None:
    new = new_of(split_invoice(case, priya))
    tags.replace(case_id=new.pk, agent=priya, names=["invoice"])
    Case.objects.filter(pk=new.pk).update(priority=3)
    status.resolve(case_id=case.pk, agent=priya)
    entry = merge_cases.merge(case_id=new.pk, agent=priya, other_id=case.pk, cause="One matter")
    assert (entry.source, entry.target, entry.cause) == (new, case, "One matter")
    case.refresh_from_db()
    new.refresh_from_db()
    assert (case.status, case.priority, new.merged_into) == ("open", 3, case)
    assert case.waiting_since is not None
    assert [tag.name for tag in case.tags.all()] == ["invoice"]
    assert said(case) == ["The chair wobbles", "Tighten it.", "Where is my invoice?"]
    assert list(Case.objects.visible_to(priya)) == [case]
    assert receive(support, "dana@hey.example", "Hm", tokens=[new.reply_token]).case == case
    assert notes.add(case_id=new.pk, agent=priya, text="N", client_id=uuid.uuid4()).case == case


def test_a_merge_of_cases_is_undone_after_traffic(
    case: Case, support: Channel, priya: Agent
) -> None:
    """What named the case that comes back, or answers its messages, goes back with it."""
    new = new_of(split_invoice(case, priya))
    sent = answer(new, priya, "Which invoice?")
    status.resolve(case_id=case.pk, agent=priya)
    tags.replace(case_id=new.pk, agent=priya, names=["invoice"])
    before = snapshot(case, new)
    entry = merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    named = receive(support, "dana@hey.example", "The May one", tokens=[new.reply_token])
    quoted = receive(support, "dana@hey.example", "Or June", references=[sent.message_id])
    plain = receive(support, "dana@hey.example", "The chair broke", tokens=[case.reply_token])
    assert {m.case_id for m in (named, quoted, plain)} == {case.pk}
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    case.refresh_from_db()
    new.refresh_from_db()
    assert said(new) == [*before[1][1], "The May one", "Or June"]
    assert said(case) == [*before[0][1], "The chair broke"]
    assert (case.status, new.status, new.merged_into) == ("open", "open", None)
    assert new.waiting_since == named.sorted_at
    assert case.waiting_since == plain.sorted_at
    assert [t.name for t in new.tags.all()] == ["invoice"]
    assert not case.tags.exists()


def test_a_merge_undone_without_traffic_leaves_no_trace(case: Case, priya: Agent) -> None:
    new = new_of(split_invoice(case, priya))
    status.resolve(case_id=case.pk, agent=priya)
    before = snapshot(case, new)
    entry = merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    assert snapshot(case, new) == before


def test_unsent_words_survive_a_merge(case: Case, priya: Agent, team: Team) -> None:
    new = new_of(split_invoice(case, priya))
    lena = make_agent("Lena Ortiz", team)
    keep: dict[str, Any] = {"kind": "message", "fields": {}, "version": 0}
    drafts.save(case_id=case.pk, agent=priya, text="Dear Dana", **keep)
    drafts.save(case_id=new.pk, agent=priya, text="the invoice", **keep)
    drafts.save(case_id=new.pk, agent=lena, text="Hola", **keep)
    entry = merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    kept = dict(Draft.objects.filter(case=case).values_list("agent__first_name", "text"))
    assert kept == {"Priya": "Dear Dana\n\nthe invoice", "Lena": "Hola"}
    put_back.undo(rearrangement_id=entry.pk, agent=priya)
    kept = dict(Draft.objects.filter(case=new).values_list("agent__first_name", "text"))
    assert kept == {"Priya": "the invoice", "Lena": "Hola"}


def test_last_first(case: Case, support: Channel, priya: Agent) -> None:
    first = split_invoice(case, priya)
    new = new_of(first)
    ids = [number_of("Tighten it.")]
    second = move(case_id=case.pk, agent=priya, message_ids=ids, to=new.pk)
    third = merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    for entry in (first, second):
        with pytest.raises(Refused) as refusal:
            put_back.undo(rearrangement_id=entry.pk, agent=priya)
        assert refusal.value.code == "undo_other_first"
        assert refusal.value.params["id"] == third.pk
    for entry in (third, second, first):
        put_back.undo(rearrangement_id=entry.pk, agent=priya)
    assert said(case) == ["The chair wobbles", "Tighten it.", "Where is my invoice?"]
    with pytest.raises(Conflict, match="already_undone"):
        put_back.undo(rearrangement_id=first.pk, agent=priya)


def test_what_does_not_build_on_it_may_stay(case: Case, priya: Agent) -> None:
    first = split_invoice(case, priya)
    split(case_id=case.pk, agent=priya, message_ids=[number_of("Tighten it.")])
    put_back.undo(rearrangement_id=first.pk, agent=priya)
    assert said(case) == ["The chair wobbles", "Where is my invoice?"]


def test_a_double_click_is_one(case: Case, priya: Agent) -> None:
    assert split_invoice(case, priya) == split_invoice(case, priya)
    new = Case.objects.latest("pk")
    pair: dict[str, Any] = {"case_id": case.pk, "agent": priya, "other_id": new.pk}
    assert merge_cases.merge(**pair) == merge_cases.merge(**pair)
    assert Rearrangement.objects.count() == 2


def test_the_slower_agent_is_told(case: Case, priya: Agent, team: Team) -> None:
    lena = make_agent("Lena Ortiz", team)
    split_invoice(case, lena)
    with pytest.raises(Conflict) as conflict:
        split_invoice(case, priya)
    assert conflict.value.code == "messages_moved"
    assert conflict.value.params["who"] == "Lena Ortiz"
    new = Case.objects.latest("pk")
    merge_cases.merge(case_id=case.pk, agent=lena, other_id=new.pk)
    with pytest.raises(Conflict) as conflict:
        merge_cases.merge(case_id=new.pk, agent=priya, other_id=case.pk)
    assert conflict.value.code == "already_merged"
    assert conflict.value.params["who"] == "Lena Ortiz"


def test_only_cases_of_ones_own_teams(
    case: Case, priya: Agent, marco: Agent, warranty: Team, legal: Team
) -> None:
    new = new_of(split_invoice(case, priya, team_id=warranty.pk))
    ids = [number_of("Tighten it.")]
    with pytest.raises(Forbidden):
        move(case_id=case.pk, agent=priya, message_ids=ids, to=new.pk)
    with pytest.raises(Forbidden):
        merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    with pytest.raises(Forbidden):
        put_back.undo(rearrangement_id=Rearrangement.objects.get().pk, agent=priya)
    move(case_id=case.pk, agent=marco, message_ids=ids, to=new.pk)
    Case.objects.filter(pk=new.pk).update(team=legal)
    with pytest.raises(Case.DoesNotExist):
        merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
    lex = make_agent("Lex Law", legal)
    with pytest.raises(Refused, match="restricted_apart"):
        merge_cases.merge(case_id=case.pk, agent=lex, other_id=new.pk)


def test_cases_of_two_customers_are_no_one_case(case: Case, support: Channel, priya: Agent) -> None:
    other = receive(support, "eve@out.example").case
    with pytest.raises(Refused, match="another_customer"):
        merge_cases.merge(case_id=case.pk, agent=priya, other_id=other.pk)
    with pytest.raises(Refused, match="another_customer"):
        move(case_id=case.pk, agent=priya, message_ids=[number_of("Tighten it.")], to=other.pk)


def test_every_page_of_the_thread_loads_it_anew(case: Case, priya: Agent) -> None:
    after = Case.objects.get(pk=case.pk).conversation.revision
    new = new_of(split_invoice(case, priya))
    for one in (case, new):
        assert replay.since(thread.case_of(one.pk, priya), after) is None
    steps = Change.objects.order_by("revision").values_list("revision", flat=True)
    assert list(steps) == list(range(1, len(steps) + 1))


def test_costs_the_same_for_many_messages(case: Case, support: Channel, priya: Agent) -> None:
    def cost(number: int) -> int:
        mails = [receive(support, "dana@hey.example", f"{number} {n}") for n in range(number)]
        ids = [mail.pk for mail in mails]
        with CaptureQueriesContext(connection) as split_up:
            new = new_of(split(case_id=case.pk, agent=priya, message_ids=ids))
        with CaptureQueriesContext(connection) as merged:
            entry = merge_cases.merge(case_id=case.pk, agent=priya, other_id=new.pk)
        with CaptureQueriesContext(connection) as undone:
            put_back.undo(rearrangement_id=entry.pk, agent=priya)
        put_back.undo(rearrangement_id=Rearrangement.objects.order_by("pk")[0].pk, agent=priya)
        Rearrangement.objects.all().delete()
        return len(split_up) + len(merged) + len(undone)

    assert cost(2) == cost(30)
