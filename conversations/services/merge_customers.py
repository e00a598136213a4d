"""Two customers who are one person become one. Their cases stay apart; consent never moves."""

from __future__ import annotations

from django.db import transaction

from conversations import events
from conversations.adapters.messages import IdentityKind
from conversations.faults import failpoint
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Claim,
    Conversation,
    Customer,
    Delivery,
    DeliveryState,
    Identity,
    Message,
    Rearrangement,
    RearrangementKind,
)
from conversations.services import journal, threads, who
from conversations.services.errors import Conflict, Refused

BLANKS = ("name", "language", "time_zone", "place")
"""What the survivor takes from the other where it is not known of them."""


def merge(*, case_id: int, agent: Agent, other_case_id: int, cause: str = "") -> Rearrangement:
    """Make the customers of two cases one. The older survives; the other leads to them.

    The agent works the first case and sees the other. The same merge again returns the first.
    Raises Refused when they are one already, Conflict when somebody was faster.
    """
    with transaction.atomic():
        cases = [_worked(case_id, agent), threads.as_seen(other_case_id, agent)]
        one, other = (case.conversation for case in cases)
        if one.pk == other.pk:
            return done_already(cases, agent)
        entry = _join(one.customer, other.customer, cases, agent=agent, cause=cause)
        if entry is None:
            return done_already(cases, agent)
        failpoint("merge.before_commit")
    failpoint("merge.after_commit")
    return entry


def _worked(case_id: int, agent: Agent) -> Case:
    """Not locked yet: two threads are locked in the order of their ids."""
    case = threads.as_seen(case_id, agent)
    threads.refuse_unless_worked(case, agent)
    return case


def done_already(cases: list[Case], agent: Agent) -> Rearrangement:
    """The agent's own merge that made them one. Raises Conflict where it was somebody else's."""
    here = Case.objects.get(pk=cases[0].pk).conversation
    done = Rearrangement.objects.standing().of_thread(here).select_related("agent")
    last = done.filter(kind=RearrangementKind.CUSTOMERS).order_by("-pk").first()
    if last is None:
        raise Refused("same_customer")
    if last.agent_id != agent.pk:
        raise Conflict("already_merged", **journal.about(last))
    return last


def confirm(one: Customer, other: Customer, *, cause: str) -> Rearrangement | None:
    """Make two customers one because the customer proved it. None when they are one already."""
    cases = [case for c in (one, other) if (case := _latest(c)) is not None]
    return _join(one, other, cases, agent=None, cause=cause)


def _latest(customer: Customer) -> Case | None:
    """Where a line tells of it; a restricted team's case tells nobody."""
    cases = Case.objects.standing().filter(conversation__customer=customer)
    return cases.filter(team__is_restricted=False).order_by("-last_message_at", "-pk").first()


def _join(
    one: Customer, other: Customer, cases: list[Case], *, agent: Agent | None, cause: str
) -> Rearrangement | None:
    lock_addresses(one, other)
    threads_of = [Conversation.objects.get_or_create(customer=c)[0].pk for c in (one, other)]
    locked = Conversation.objects.both_locked(*threads_of)
    if len(locked) == 1:
        return None
    failpoint("merge.after_locks")
    survivor, loser = sorted(locked, key=_age)
    entry = journal.begin(
        RearrangementKind.CUSTOMERS, agent=agent, cause=cause, survivor=survivor, loser=loser
    )
    names = {"name": called(survivor.customer), "other": called(loser.customer)}
    entry.details = {**_marks(survivor, loser), **names, **_take_over(survivor, loser)}
    entry.save(update_fields=["details"])
    _move_rows(entry, survivor, loser)
    failpoint("merge.after_rows")
    _lead(loser, survivor)
    reset(survivor, loser)
    tell(entry, survivor, cases, "customers_merged", agent)
    return entry


def lock_addresses(*customers: Customer) -> None:
    """Who writes from one of their addresses right now is through before, or comes after: intake
    takes the address first and the thread then. In one order, so that nobody waits in a circle."""
    owners = {who.survivor(customer).pk for customer in customers}
    found = Identity.objects.filter(customer__in=owners).order_by("kind", "value")
    for kind, value in found.values_list("kind", "value"):
        who.lock_address(IdentityKind(kind), value)


def _age(conversation: Conversation) -> tuple[object, int]:
    return conversation.customer.created_at, conversation.customer_id


def called(customer: Customer) -> str:
    """What to call them in a sentence: a name, else an address."""
    first = customer.identities.order_by("pk").first()
    return customer.name or (first.value if first else f"#{customer.pk}")


def _marks(survivor: Conversation, loser: Conversation) -> dict[str, int]:
    """What is born later has a higher id: both threads are locked."""
    both = [survivor.pk, loser.pk]
    last_message = Message.objects.filter(conversation__in=both).order_by("-pk").first()
    last_case = Case.objects.filter(conversation__in=both).order_by("-pk").first()
    return {
        "last_message": last_message.pk if last_message else 0,
        "last_case": last_case.pk if last_case else 0,
    }


def _take_over(survivor: Conversation, loser: Conversation) -> dict[str, object]:
    """What is not known of the survivor is known of the other."""
    kept, other = survivor.customer, loser.customer
    filled = {n: getattr(other, n) for n in BLANKS if not getattr(kept, n) and getattr(other, n)}
    for name, value in filled.items():
        setattr(kept, name, value)
    via = other.via_id if kept.via_id is None else None
    kept.via_id = kept.via_id or via
    kept.save()
    return {"filled": filled, "via": via}


def _move_rows(entry: Rearrangement, survivor: Conversation, loser: Conversation) -> None:
    kept, other = survivor.customer, loser.customer
    _blank_repeated(entry, survivor, loser)
    journal.move(entry, loser.messages.all(), "message.conversation", survivor.pk)
    journal.move(entry, loser.cases.all(), "case.conversation", survivor.pk)
    journal.move(entry, other.identities.all(), "identity.customer", kept.pk)
    known = {(claim.kind, claim.value) for claim in kept.claims.all()}
    new = [claim.pk for claim in other.claims.all() if (claim.kind, claim.value) not in known]
    journal.move(entry, Claim.objects.filter(pk__in=new), "claim.customer", kept.pk)
    bring_deliveries(survivor, loser)


def _blank_repeated(entry: Rearrangement, survivor: Conversation, loser: Conversation) -> None:
    """One mail that both threads have keeps its id in the survivor's alone."""
    named = survivor.messages.filter(identity__isnull=False).exclude(message_id="")
    same = loser.messages.filter(identity__isnull=False, message_id__in=named.values("message_id"))
    found = list(same)
    for message in found:
        message.params = {**message.params, "repeated_id": message.message_id}
        message.message_id = ""
    Message.objects.bulk_update(found, ["params", "message_id"], batch_size=500)
    journal.note(entry, "message.repeated", {m.pk: loser.pk for m in found}, survivor.pk)


def bring_deliveries(into: Conversation, out_of: Conversation) -> None:
    """Deliveries stand where their messages are. One that is being sent while its new line is
    busy stays behind until it has ended."""
    pending = [DeliveryState.HELD, DeliveryState.QUEUED, DeliveryState.SENDING]
    both = Delivery.objects.filter(conversation__in=[into, out_of], state__in=pending)
    sending = [
        (delivery.conversation_id, delivery.channel_id)
        for delivery in both.select_for_update().order_by("pk")
        if delivery.state == DeliveryState.SENDING
    ]
    busy = [channel for conversation, channel in sending if conversation == into.pk]
    theirs = Delivery.objects.filter(conversation=out_of, messages__conversation=into)
    free = theirs.exclude(state=DeliveryState.SENDING, channel__in=busy)
    Delivery.objects.filter(pk__in=free.values("pk")).update(conversation=into)


def _lead(loser: Conversation, survivor: Conversation) -> None:
    Customer.objects.filter(pk=loser.customer_id).update(merged_into=survivor.customer_id)
    Conversation.objects.filter(pk=loser.pk).update(merged_into=survivor)


def reset(*both: Conversation) -> None:
    """Every page of the two threads loads anew: both go on from the higher revision."""
    highest = max(conversation.revision for conversation in both)
    for conversation in both:
        conversation.revision = highest
        events.record_change(conversation, ChangeKind.RESET)


def tell(
    entry: Rearrangement,
    conversation: Conversation,
    cases: list[Case],
    code: str,
    agent: Agent | None,
) -> None:
    """A line in each of these cases that stands in this thread."""
    names = {name: entry.details.get(name, "") for name in ("name", "other")}
    params = {"rearrangement": entry.pk, "cause": entry.cause, **names}
    standing = Case.objects.standing().filter(pk__in=[case.pk for case in cases])
    for case in standing.filter(conversation=conversation).order_by("pk"):
        threads.add_activity(conversation, case, code, agent=agent, params=params)
