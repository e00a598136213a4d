"""Two customers become one, and two again: with traffic between, and one merge on another."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.test.utils import CaptureQueriesContext

from conversations import outbox
from conversations.models import (
    Agent,
    Case,
    Channel,
    Claim,
    Conversation,
    Customer,
    Delivery,
    Identity,
    Message,
    Rearrangement,
    Team,
)  # fmt: skip
from conversations.services import (
    claims,
    duplicates,
    merge_cases,
    merge_customers,
    put_back,
    status,
)  # fmt: skip
from conversations.services.errors import Conflict, Forbidden, Refused
from conversations.services.split import split
from inbox.reads import replay, thread
from tests.conversations.test_rearranging import said
from tests.people import answer, make_agent, make_channel, receive

pytestmark = pytest.mark.django_db

CASE = ("pk", "conversation", "status", "waiting_since", "last_preview")
DANA, ALSO, EVE = "dana@hey.example", "dana@work.example", "eve@out.example"


@pytest.fixture
def home(support: Channel, priya: Agent) -> Case:
    """Dana's first case, from her address at home."""
    return receive(support, DANA, "The chair wobbles", name="Dana", subject="Chair").case


@pytest.fixture
def work(home: Case, support: Channel) -> Case:
    """Her other one, from work: the younger customer."""
    return receive(support, ALSO, "Where is my desk?", subject="Desk").case


def merge(one: Case, other: Case, agent: Agent, **wishes: Any) -> Rearrangement:
    return merge_customers.merge(case_id=one.pk, agent=agent, other_case_id=other.pk, **wishes)


def undo(entry: Rearrangement, agent: Agent) -> Rearrangement:
    return put_back.undo(rearrangement_id=entry.pk, agent=agent)


def whose(case: Case) -> str:
    """The address of the customer whose case it is."""
    owner = Case.objects.get(pk=case.pk).conversation.customer
    first = owner.identities.order_by("pk").first()
    return first.value if first else ""


def where(text: str) -> tuple[str, int]:
    """Whose thread a message stands in, and its case."""
    message = Message.objects.select_related("case").get(text=text)
    assert message.conversation_id == message.case.conversation_id
    return whose(message.case), message.case_id


def picture() -> list[Any]:
    """Everything that a merge may touch, but for the lines that tell of it."""
    messages = Message.objects.exclude(kind="activity").order_by("pk")
    return [
        list(messages.values_list("pk", "conversation", "case", "message_id", "params")),
        list(Case.objects.order_by("pk").values_list(*CASE)),
        list(Identity.objects.order_by("pk").values_list("pk", "customer")),
        list(Claim.objects.order_by("pk").values_list("pk", "customer")),
        list(Delivery.objects.order_by("pk").values_list("pk", "conversation", "state")),
        list(Customer.objects.order_by("pk").values_list("pk", "name", "via", "merged_into")),
        list(Conversation.objects.order_by("pk").values_list("pk", "merged_into")),
    ]  # fmt: skip


def test_the_older_survives_and_cases_stay_apart(home: Case, work: Case, priya: Agent) -> None:
    entry = merge(work, home, priya, cause="Same signature")
    older = home.conversation.customer
    work.refresh_from_db()
    assert work.conversation == home.conversation
    assert set(older.identities.values_list("value", flat=True)) == {DANA, ALSO}
    assert said(home) == ["The chair wobbles"]
    assert said(work) == ["Where is my desk?"]
    assert (entry.cause, entry.details["name"], entry.details["other"]) == (
        "Same signature", "Dana", ALSO,
    )  # fmt: skip
    for case in (home, work):
        line = case.messages.get(kind="activity", code="customers_merged")
        assert line.params["rearrangement"] == entry.pk


def test_undone_at_once_nothing_has_changed(home: Case, work: Case, priya: Agent) -> None:
    answer(work, priya, "On its way.")
    before = picture()
    undo(merge(home, work, priya), priya)
    assert picture() == before


def test_what_comes_after_a_merge_lands_in_the_survivor(
    home: Case, work: Case, support: Channel, priya: Agent
) -> None:
    merge(home, work, priya)
    assert receive(support, ALSO, "By token", tokens=[home.reply_token]).case == home
    assert not Message.objects.get(text="By token").is_unconfirmed
    assert receive(support, DANA, "Quoted", tokens=[work.reply_token]).case == work
    assert whose(receive(support, ALSO, "Plain").case) == DANA
    assert Conversation.objects.filter(merged_into=None).count() == 1


def test_after_traffic_everything_goes_where_it_belongs(
    home: Case, work: Case, support: Channel, priya: Agent
) -> None:
    entry = merge(home, work, priya)
    receive(support, ALSO, "Work in home", tokens=[home.reply_token])
    receive(support, DANA, "Home in work", tokens=[work.reply_token])
    answer(home, priya, "To work, in home", to=[ALSO])
    answer(work, priya, "To home, in work", to=[DANA])
    answer(work, priya, "To work, in work", to=[ALSO])
    for case in (home, work):
        status.resolve(case_id=case.pk, agent=priya)
        Case.objects.filter(pk=case.pk).update(resolved_at="2020-01-01T00:00Z")
    young = receive(support, ALSO, "A new matter of work").case
    assert young not in {home, work}
    undo(entry, priya)
    assert where("A new matter of work") == (ALSO, young.pk)
    assert where("Work in home") == where("To work, in home") == (ALSO, young.pk)
    assert where("To work, in work") == (ALSO, work.pk)
    told = where("Home in work")
    assert told == where("To home, in work")
    assert told[0] == DANA
    assert told[1] not in {home.pk, work.pk}
    assert said(home) == ["The chair wobbles"]
    assert Case.objects.get(pk=told[1]).status == "resolved"
    for delivery in Delivery.objects.all():
        assert {m.conversation_id for m in delivery.messages.all()} == {delivery.conversation_id}
    assert whose(receive(support, ALSO, "Still me").case) == ALSO


def test_twice_nested_the_last_first(
    home: Case, work: Case, support: Channel, priya: Agent, team: Team
) -> None:
    """Work goes into home, home into the oldest; everybody writes at each step."""
    third = receive(support, EVE, "Hello").case
    Customer.objects.filter(pk=third.conversation.customer_id).update(
        created_at="2020-01-01T00:00Z"
    )
    before = picture()
    first = merge(home, work, priya)
    receive(support, ALSO, "work 1", tokens=[home.reply_token])
    receive(support, DANA, "home 1")
    second = merge(home, third, priya)
    assert second.survivor == third.conversation
    for name, sender in (("work 2", ALSO), ("home 2", DANA), ("eve 2", EVE)):
        receive(support, sender, name, tokens=[third.reply_token])
    with pytest.raises(Refused) as refusal:
        undo(first, priya)
    assert (refusal.value.code, refusal.value.params["id"]) == ("undo_other_first", second.pk)
    undo(second, priya)
    assert where("eve 2")[0] == EVE
    assert {where(text)[0] for text in ("work 1", "home 1", "work 2", "home 2")} == {DANA}
    receive(support, ALSO, "work 3", tokens=[home.reply_token])
    undo(first, priya)
    assert {where(text)[0] for text in ("work 1", "work 2", "work 3")} == {ALSO}
    assert {where(text)[0] for text in ("home 1", "home 2")} == {DANA}
    assert [row[:2] for row in before[0]] == [row[:2] for row in picture()[0]][: len(before[0])]
    assert picture()[2] == before[2]


def test_two_into_one_the_last_first(
    home: Case, work: Case, support: Channel, priya: Agent
) -> None:
    third = receive(support, EVE, "Hello").case
    first, second = merge(home, work, priya), merge(home, third, priya)
    with pytest.raises(Refused, match="undo_other_first"):
        undo(first, priya)
    undo(second, priya)
    undo(first, priya)
    assert [whose(case) for case in (home, work, third)] == [DANA, ALSO, EVE]


def test_what_joined_the_sides_is_undone_first(home: Case, work: Case, priya: Agent) -> None:
    entry = merge(home, work, priya)
    joined = merge_cases.merge(case_id=home.pk, agent=priya, other_id=work.pk)
    with pytest.raises(Refused) as refusal:
        undo(entry, priya)
    assert refusal.value.params["id"] == joined.pk
    undo(joined, priya)
    undo(entry, priya)
    assert [whose(case) for case in (home, work)] == [DANA, ALSO]


def test_a_split_of_one_side_goes_along(
    home: Case, work: Case, support: Channel, priya: Agent
) -> None:
    entry = merge(home, work, priya)
    more = receive(support, ALSO, "And a lamp", tokens=[work.reply_token])
    parted = split(case_id=work.pk, agent=priya, message_ids=[more.pk])
    undo(entry, priya)
    assert where("And a lamp") == (ALSO, parted.target_id)
    undo(parted, priya)
    assert where("And a lamp") == (ALSO, work.pk)


def test_the_same_mail_in_both_threads_stays_in_both(
    home: Case, support: Channel, priya: Agent
) -> None:
    receive(support, DANA, "To all", id="same@x")
    other = receive(support, ALSO, "To all", id="same@x").case
    before = picture()
    entry = merge(home, other, priya)
    same = Message.objects.filter(text="To all").order_by("pk")
    assert list(same.values_list("message_id", flat=True)) == ["same@x", ""]
    undo(entry, priya)
    assert picture() == before


def test_claims_of_both_are_kept(home: Case, work: Case, priya: Agent) -> None:
    for case in (home, work):
        customer = case.conversation.customer
        Claim.objects.create(customer=customer, kind="email", value="both@give.example")
    Claim.objects.create(customer=work.conversation.customer, kind="phone", value="+34600000000")
    before = picture()
    entry = merge(home, work, priya)
    assert Claim.objects.count() == 3
    assert home.conversation.customer.claims.count() == 2
    undo(entry, priya)
    assert picture() == before


def test_deliveries_in_flight_arrive(
    home: Case, work: Case, support: Channel, priya: Agent, provider: Any
) -> None:
    """Both lines are sending while the two become one."""
    one, other = answer(home, priya, "One"), answer(work, priya, "Other")
    leases = [outbox.claim(m.deliveries.get().pk) for m in (one, other)]
    assert all(leases)
    late = answer(work, priya, "Late")
    entry = merge(home, work, priya)
    assert outbox.deliver(late.deliveries.get().pk) is None
    for lease in leases:
        assert lease
        Delivery.objects.filter(pk=lease.delivery.pk).update(leased_until="2020-01-01T00:00Z")
    for message in (one, other, late):
        outbox.deliver(message.deliveries.get().pk)
    assert set(Delivery.objects.values_list("state", "conversation")) == {
        ("sent", home.conversation_id)
    }
    undo(entry, priya)
    assert [m.deliveries.get().conversation_id for m in (one, other, late)] == [
        home.conversation_id, work.conversation_id, work.conversation_id,
    ]  # fmt: skip


def test_whoever_writes_through_a_shared_address_still_does(
    home: Case, support: Channel, priya: Agent
) -> None:
    shared = receive(support, "no-reply@shop.example", "Form", name="Dana").case
    entry = merge(home, shared, priya)
    mail = receive(support, "no-reply@shop.example", "Again", tokens=[shared.reply_token])
    assert (mail.case, mail.is_unconfirmed) == (shared, False)
    undo(entry, priya)
    assert Case.objects.get(pk=shared.pk).conversation.customer.via is not None
    assert home.conversation.customer.via is None


def test_pages_of_both_load_anew(home: Case, work: Case, priya: Agent) -> None:
    def misses(after: dict[int, int]) -> bool:
        found = [replay.since(thread.case_of(pk, priya), seen) for pk, seen in after.items()]
        return found == [None, None]

    def revisions() -> dict[int, int]:
        return {c.pk: Case.objects.get(pk=c.pk).conversation.revision for c in (home, work)}

    before = revisions()
    entry = merge(home, work, priya)
    assert misses(before)
    before = revisions()
    undo(entry, priya)
    assert misses(before)
    for conversation in Conversation.objects.all():
        steps = set(conversation.changes.values_list("revision", flat=True))
        assert conversation.revision in steps


def test_who_is_slower_is_told(home: Case, work: Case, priya: Agent, team: Team) -> None:
    entry = merge(home, work, priya)
    assert merge(home, work, priya) == entry
    lena = make_agent("Lena Ortiz", team)
    with pytest.raises(Conflict) as conflict:
        merge(work, home, lena)
    assert conflict.value.params["who"] == "Priya Nair"
    undo(entry, lena)
    with pytest.raises(Conflict, match="already_undone") as conflict:
        undo(entry, priya)
    assert conflict.value.params["who"] == "Lena Ortiz"


def test_nobody_is_merged_whom_the_agent_does_not_see(
    home: Case, work: Case, priya: Agent, warranty: Team, legal: Team
) -> None:
    marco = make_agent("Marco Reyes", warranty)
    lex = make_agent("Lex Law", legal)
    Case.objects.filter(pk=work.pk).update(team=legal)
    for one, other in ((home, work), (work, home)):
        with pytest.raises(Case.DoesNotExist):
            merge(one, other, priya)
    entry = merge(home, work, lex)
    assert list(Case.objects.visible_to(priya)) == [home]
    Case.objects.filter(pk=home.pk).update(team=warranty)
    with pytest.raises(Rearrangement.DoesNotExist):
        undo(entry, priya)
    Case.objects.filter(pk=work.pk).update(team=warranty)
    undo(entry, marco)
    with pytest.raises(Case.DoesNotExist):
        merge(home, work, priya)


def test_acting_needs_a_case_of_ones_own(
    home: Case, work: Case, priya: Agent, warranty: Team, support: Channel
) -> None:
    mine = receive(make_channel(warranty, name="w"), DANA, "W", tokens=[home.reply_token]).case
    Case.objects.filter(pk=work.pk).update(team=warranty)
    assert mine == home
    with pytest.raises(Case.DoesNotExist):
        merge(work, home, priya)
    receive(support, ALSO, "more", references=["new"])
    Case.objects.create(
        conversation=work.conversation, team=home.team,
        opened_at=work.opened_at, last_message_at=work.opened_at,
    )  # fmt: skip
    with pytest.raises(Forbidden):
        merge(work, home, priya)
    merge(home, work, priya)


def test_a_code_that_went_there_makes_two_one(home: Case, work: Case, priya: Agent) -> None:
    visitor = work.conversation.customer
    claim = Claim.objects.create(customer=visitor, kind="email", value=DANA)
    code = claims.issue_code(claim_id=claim.pk)
    with pytest.raises(Refused, match="wrong_code"):
        claims.confirm_code(claim_id=claim.pk, code="no")
    assert claims.confirm_code(claim_id=claim.pk, code=code) == home.conversation.customer
    entry = Rearrangement.objects.get()
    assert (entry.agent, entry.cause) == (None, DANA)
    assert whose(work) == DANA
    with pytest.raises(Refused, match="code_expired"):
        claims.confirm_code(claim_id=claim.pk, code=code)
    undo(entry, priya)
    assert whose(work) == ALSO


def test_a_code_can_be_guessed_a_few_times_only(work: Case) -> None:
    claim = Claim.objects.create(customer=work.conversation.customer, kind="email", value=EVE)
    code = claims.issue_code(claim_id=claim.pk)
    for _ in range(claims.CODE_TRIES):
        with pytest.raises(Refused, match="wrong_code"):
            claims.confirm_code(claim_id=claim.pk, code="nope")
    with pytest.raises(Refused, match="code_expired"):
        claims.confirm_code(claim_id=claim.pk, code=code)
    claims.confirm_code(claim_id=claim.pk, code=claims.issue_code(claim_id=claim.pk))
    assert Identity.objects.get(value=EVE).customer == work.conversation.customer


def test_who_may_be_the_same_is_suggested_and_no_more(
    home: Case, work: Case, priya: Agent, legal: Team
) -> None:
    visitor = work.conversation.customer
    assert duplicates.suggest(visitor, priya) == []
    Claim.objects.create(customer=visitor, kind="email", value=DANA)
    found = duplicates.suggest(visitor, priya)
    assert [(s.case, s.code, s.address) for s in found] == [(home, "claims_address", DANA)]
    assert [s.case for s in duplicates.suggest(home.conversation.customer, priya)] == [work]
    assert not Rearrangement.objects.exists()
    undo(merge(home, work, priya), priya)
    assert duplicates.suggest(visitor, priya) == []
    Rearrangement.objects.all().delete()
    Case.objects.filter(pk=home.pk).update(team=legal)
    assert duplicates.suggest(visitor, priya) == []


def test_a_forger_is_nobodys_double(home: Case, support: Channel, priya: Agent) -> None:
    forged = receive(support, DANA, "Pay me", grade="fail").case
    assert duplicates.suggest(forged.conversation.customer, priya) == []
    assert duplicates.suggest(home.conversation.customer, priya) == []


def test_every_row_of_a_customer_is_thought_of() -> None:
    """A new table that points at customers or threads must be moved by a merge, or say why not."""
    moved = {"Identity.customer", "Claim.customer", "Message.conversation", "Case.conversation"}
    moved |= {"Delivery.conversation"}
    stays = {
        "Customer.merged_into", "Conversation.customer", "Conversation.merged_into",
        "Change.conversation", "Rearrangement.survivor", "Rearrangement.loser",
        # told of the thread that it leads to; of the customer whom it was asked for
        "WebhookEvent.conversation", "Export.customer",
    }  # fmt: skip
    found = {
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model in {Customer, Conversation}
        and not model._meta.proxy
    }  # fmt: skip
    assert found <= moved | stays


def test_costs_the_same_for_many_messages(home: Case, support: Channel, priya: Agent) -> None:
    def cost(number: int) -> int:
        sender = f"n{number}@many.example"
        mails = [receive(support, sender, f"{number} {n}") for n in range(number)]
        with CaptureQueriesContext(connection) as merged:
            entry = merge(home, mails[0].case, priya)
        for n in range(number):
            receive(support, sender, f"{number} later {n}", tokens=[home.reply_token])
        with CaptureQueriesContext(connection) as undone:
            undo(entry, priya)
        return len(merged) + len(undone)

    assert cost(2) == cost(20)
