"""Undo a merge of customers after any traffic: what is whose, and where it goes.

What was noted goes back, and later rows that came through an identity that goes back: messages
from it and answers to it, wherever they landed meanwhile, and the cases that began with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from conversations.models import (
    Agent,
    Case,
    Claim,
    Conversation,
    Customer,
    Identity,
    Kind,
    Message,
    Rearrangement,
    RearrangementKind,
    Recipient,
    Status,
)
from conversations.models.message import MessageQuerySet
from conversations.services import journal, merge_customers, regroup, threads


@dataclass(slots=True, kw_only=True)
class Parting:
    """One merge on its way back, under the lock of both threads."""

    entry: Rearrangement
    survivor: Conversation
    loser: Conversation
    returning: set[int] = field(default_factory=set)
    """Identities that go back to the loser."""
    staying: set[int] = field(default_factory=set)
    going: set[int] = field(default_factory=set)
    """Cases that go back."""
    touched: dict[int, Case] = field(default_factory=dict)

    @property
    def later(self) -> MessageQuerySet:
        """What came into the thread since the merge."""
        mark = self.entry.details["last_message"]
        return self.survivor.messages.filter(pk__gt=mark, kind=Kind.MESSAGE)


def undo(*, rearrangement_id: int, agent: Agent) -> Rearrangement:
    """Make one customer two again. Raises Refused with the one that must be undone first,
    Conflict when somebody was faster, DoesNotExist where the agent sees nothing of it."""
    with transaction.atomic():
        entry = _seen(rearrangement_id, agent)
        parting = _lock(entry)
        journal.refuse_if_undone(entry)
        _decide(parting)
        journal.refuse_unless_last(_built_on(parting))
        _part(parting, agent)
        return entry


def _seen(rearrangement_id: int, agent: Agent) -> Rearrangement:
    """For who works a case of the thread as it is now."""
    entry = Rearrangement.objects.select_related("survivor", "loser").get(pk=rearrangement_id)
    if entry.survivor is None:
        raise Rearrangement.DoesNotExist
    now = Conversation.objects.survivor_of(entry.survivor.pk)
    if not Conversation.objects.visible_to(agent).filter(pk=now).exists():
        raise Rearrangement.DoesNotExist
    return entry


def _lock(entry: Rearrangement) -> Parting:
    if entry.survivor is None or entry.loser is None:
        raise Rearrangement.DoesNotExist
    merge_customers.lock_addresses(entry.survivor.customer)
    rows = Conversation.objects.rows_locked(entry.survivor.pk, entry.loser.pk)
    entry.refresh_from_db(fields=["undone_at", "undone_by"])
    by_id = {row.pk: row for row in rows}
    return Parting(entry=entry, survivor=by_id[entry.survivor.pk], loser=by_id[entry.loser.pk])


def _decide(parting: Parting) -> None:
    """Which identities and which cases go back."""
    entry, kept = parting.entry, parting.survivor.customer
    noted = Q(pk__in=journal.noted(entry, "identity.customer"))
    claims = Claim.objects.filter(pk__in=journal.noted(entry, "claim.customer"), customer=kept)
    proven = claims.filter(kind=OuterRef("kind"), value=OuterRef("value"))
    since = Q(created_at__gt=entry.done_at) & Exists(proven)
    mine = Identity.objects.filter(customer=kept)
    parting.returning = set(mine.filter(noted | since).values_list("pk", flat=True))
    parting.staying = set(mine.exclude(pk__in=parting.returning).values_list("pk", flat=True))
    parting.going = _going(parting)


def _going(parting: Parting) -> set[int]:
    entry = parting.entry
    cases = {case.pk: case for case in parting.survivor.cases.select_related("team")}
    noted = set(entry.rows.filter(model="case.conversation").values_list("row", flat=True))
    going = noted & set(cases)
    young = {pk for pk in cases if pk > entry.details["last_case"]}
    going |= _began_with(parting, young)
    followed = [(pk, cases[pk].merged_into_id) for pk in young]
    return going | {pk for pk, into in followed if into in going}


def _began_with(parting: Parting, young: set[int]) -> set[int]:
    """Those of the later cases that were opened by, or for, an identity that goes back."""
    said = Message.objects.filter(case__in=young, kind=Kind.MESSAGE)
    said = said.order_by("case", "sorted_at", "id").distinct("case")
    own = parting.returning | parting.staying
    opened = dict(said.filter(identity__in=own).values_list("case", "identity"))
    by_us = [m.pk for m in said.filter(identity=None) if m.case_id not in opened]
    for_them = _written_to(Message.objects.filter(pk__in=by_us), parting.returning)
    theirs = {case for case, identity in opened.items() if identity in parting.returning}
    return theirs | set(for_them.values_list("case", flat=True))


def _written_to(messages: QuerySet[Message], identities: set[int]) -> QuerySet[Message]:
    """Outgoing ones whose every To is one of these identities' addresses."""
    to = Recipient.objects.filter(delivery__messages=OuterRef("pk"), role="to")
    values = list(Identity.objects.filter(pk__in=identities).values_list("value", flat=True))
    ours = messages.filter(identity=None, kind=Kind.MESSAGE).filter(Exists(to))
    return ours.exclude(Exists(to.exclude(address__in=values)))


def _built_on(parting: Parting) -> list[Rearrangement]:
    """Later ones: other merges of this customer, and those that joined cases of the two sides."""
    entry, here = parting.entry, parting.survivor
    later = journal.later_than(entry)
    chain = Conversation.objects.chain_of(here.pk)
    merges = later.filter(Q(survivor__in=chain) | Q(loser__in=chain))
    inside = later.exclude(kind=RearrangementKind.CUSTOMERS).filter(
        Q(source__conversation=here) | Q(target__conversation=here)
    )
    across = [
        one
        for one in inside
        if (one.source_id in parting.going) != (one.target_id in parting.going)
    ]
    return [*merges, *across]


def _part(parting: Parting, agent: Agent) -> None:
    entry, survivor, loser = parting.entry, parting.survivor, parting.loser
    _sort_out(parting, parting.returning, is_going=True)
    _sort_out(parting, parting.staying, is_going=False)
    _carry_back(parting)
    _give_back_what_was_taken_over(parting)
    Customer.objects.filter(pk=loser.customer_id).update(merged_into=None)
    Conversation.objects.filter(pk=loser.pk).update(merged_into=None)
    for case in parting.touched.values():
        case.refresh_from_db(fields=["conversation"])
        threads.reckon(case)
        case.save()
    journal.close(entry, agent, survivor.now)
    merge_customers.reset(survivor, loser)
    lines = Case.objects.filter(messages__params__rearrangement=entry.pk).distinct()
    for conversation in (survivor, loser):
        merge_customers.tell(entry, conversation, list(lines), "customer_merge_undone", agent)


def _sort_out(parting: Parting, identities: set[int], *, is_going: bool) -> None:
    """Later messages from and to these identities that stand in a case of the other side."""
    in_going = Q(case__in=parting.going)
    strays = parting.later.filter(~in_going if is_going else in_going)
    of_theirs = Q(pk__in=_written_to(strays, identities).values("pk"))
    by_case: dict[int, list[Message]] = {}
    for message in strays.filter(Q(identity__in=identities) | of_theirs).in_order():
        by_case.setdefault(message.case_id, []).append(message)
    for case_id, messages in by_case.items():
        _rehome(parting, case_id, messages, is_going=is_going)


def _rehome(parting: Parting, case_id: int, messages: list[Message], *, is_going: bool) -> None:
    """Into the open case of their own side that was last spoken in, else into a new one."""
    source = Case.objects.select_related("team").get(pk=case_id)
    home = _open_case(parting, source, is_going=is_going) or _new_case(source, messages[0])
    if is_going:
        parting.going.add(home.pk)
    ids = [message.pk for message in messages]
    Message.objects.filter(pk__in=ids).update(case=home)
    regroup.bring_speakers(ids, source, home)
    regroup.follow(ids, home)
    parting.touched |= {source.pk: source, home.pk: home}


def _open_case(parting: Parting, source: Case, *, is_going: bool) -> Case | None:
    """What is said to a restricted team stays with it."""
    open_ones = parting.survivor.cases.filter(status__in=[Status.OPEN, Status.SNOOZED])
    own = Q(team=source.team) if source.team.is_restricted else Q(team__is_restricted=False)
    side = Q(pk__in=parting.going)
    found = open_ones.filter(own, side if is_going else ~side)
    return found.order_by("-last_message_at", "-pk").first()


def _new_case(source: Case, first: Message) -> Case:
    """As the case that it comes out of: about the same, with the same team, as open or closed."""
    return Case.objects.create(
        conversation_id=source.conversation_id,
        topic=source.topic,
        team=source.team,
        assignee_id=source.assignee_id,
        priority=source.priority,
        status=source.status,
        resolved_at=source.resolved_at,
        snoozed_until=source.snoozed_until,
        opened_at=first.sorted_at,
        last_message_at=first.sorted_at,
    )


def _carry_back(parting: Parting) -> None:
    entry, survivor, loser = parting.entry, parting.survivor, parting.loser
    kept = survivor.customer
    Message.objects.filter(case__in=parting.going).update(conversation=loser)
    Case.objects.filter(pk__in=parting.going).update(conversation=loser)
    Identity.objects.filter(pk__in=parting.returning).update(customer=loser.customer_id)
    claims = Claim.objects.filter(customer=kept)
    journal.put_back(entry, claims, "claim.customer", loser.customer_id)
    merge_customers.bring_deliveries(loser, survivor)
    _name_repeated(parting)


def _name_repeated(parting: Parting) -> None:
    """The mail that both threads had has its id in both again."""
    noted = journal.noted(parting.entry, "message.repeated")
    found = list(parting.loser.messages.filter(pk__in=noted, message_id=""))
    for message in found:
        message.message_id = message.params["repeated_id"]
        message.params = {k: v for k, v in message.params.items() if k != "repeated_id"}
    Message.objects.bulk_update(found, ["params", "message_id"], batch_size=500)


def _give_back_what_was_taken_over(parting: Parting) -> None:
    kept, details = parting.survivor.customer, parting.entry.details
    for name, value in details["filled"].items():
        if getattr(kept, name) == value:
            setattr(kept, name, "")
    if details["via"] is not None and kept.via_id == details["via"]:
        kept.via_id = None
    kept.save()
