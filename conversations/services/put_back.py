"""Undo a rearrangement at any later time: last first, else it is refused."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from conversations.models import (
    Agent,
    Case,
    Conversation,
    Draft,
    Message,
    Rearrangement,
    RearrangementKind,
    Team,
)
from conversations.models.message import MessageQuerySet
from conversations.models.rearrangement import RearrangementQuerySet
from conversations.services import header, journal, part_customers, regroup, threads
from conversations.services.errors import Forbidden

UNDONE = {
    RearrangementKind.SPLIT: "split_undone",
    RearrangementKind.MOVE: "move_undone",
    RearrangementKind.CASES: "case_merge_undone",
}


def undo(*, rearrangement_id: int, agent: Agent) -> Rearrangement:
    """Put back what a split, a move or a merge moved.

    Raises Refused with the one that must be undone first, Conflict when somebody was faster,
    Rearrangement.DoesNotExist or Case.DoesNotExist when the agent may not see it.
    """
    entry = Rearrangement.objects.select_related("undone_by").get(pk=rearrangement_id)
    if entry.kind == RearrangementKind.CUSTOMERS:
        return part_customers.undo(rearrangement_id=rearrangement_id, agent=agent)
    with transaction.atomic():
        conversation, source, target = _lock(entry, agent)
        entry.refresh_from_db()
        journal.refuse_if_undone(entry)
        journal.refuse_unless_last(_built_on(entry))
        _carry_back(entry, conversation, source, target)
        journal.close(entry, agent, conversation.now)
        lines = {source: UNDONE[RearrangementKind(entry.kind)]}
        if target.merged_into_id is None:
            lines[target] = lines[source]
        regroup.tell(entry, conversation, lines, agent=agent)
        return entry


def _lock(entry: Rearrangement, agent: Agent) -> tuple[Conversation, Case, Case]:
    """The thread and both cases, one of which may be merged away; the agent must work both."""
    if entry.target_id is None or entry.source_id is None:
        raise Rearrangement.DoesNotExist
    conversation, _standing = threads.case_for_work(entry.target_id, agent)
    cases = Case.objects.select_related("team", "assignee")
    source, target = cases.get(pk=entry.source_id), cases.get(pk=entry.target_id)
    if not Team.objects.of(agent).filter(pk=source.team_id).exists():
        raise Forbidden("not_your_team", team=source.team.name)
    return conversation, source, target


def _built_on(entry: Rearrangement) -> RearrangementQuerySet:
    """Later ones that moved the same messages on, or took one of the two cases away."""
    mine = entry.rows.filter(model="message.case").values("row")
    moved_on = Q(rows__model="message.case", rows__row__in=mine)
    merged_away = Q(kind=RearrangementKind.CASES, source__in=[entry.source_id, entry.target_id])
    into_new = Q(source=entry.target_id) | Q(target=entry.target_id)
    builds = moved_on | merged_away
    if entry.kind == RearrangementKind.SPLIT:
        builds |= into_new
    return journal.later_than(entry).filter(builds).distinct()


def _carry_back(
    entry: Rearrangement, conversation: Conversation, source: Case, target: Case
) -> None:
    if entry.kind == RearrangementKind.CASES:
        _part(entry, source, target)
    rows = _going_back(entry, target)
    ids = list(rows.values_list("pk", flat=True))
    Message.objects.filter(pk__in=ids).update(case=source)
    regroup.bring_speakers(ids, target, source)
    regroup.follow(ids, source)
    regroup.drop_speakers(entry, target)
    journal.put_back(entry, Draft.objects.filter(case=target), "draft.case", source.pk)
    if entry.kind == RearrangementKind.SPLIT:
        regroup.hand_over(target, source)
        regroup.close(target, source, conversation)


def _going_back(entry: Rearrangement, target: Case) -> MessageQuerySet:
    """The noted rows that still are there; of a split everything; of a merge also later mail that
    named the case which comes back, or answered its messages."""
    if entry.kind == RearrangementKind.SPLIT:
        return target.messages.all()
    noted = Q(pk__in=journal.noted(entry, "message.case"))
    if entry.kind == RearrangementKind.CASES:
        noted |= _later_for(entry)
    return target.messages.filter(noted)


def _later_for(entry: Rearrangement) -> Q:
    since = Q(pk__gt=entry.details["last_message"], identity__isnull=False)
    moved = Message.objects.filter(pk__in=journal.noted(entry, "message.case"))
    known = list(moved.exclude(message_id="").values_list("message_id", flat=True))
    return since & (Q(params__asked=entry.source_id) | Q(references__0__in=known))


def _part(entry: Rearrangement, source: Case, target: Case) -> None:
    """Two headers again. A customer who wrote since keeps the survivor open."""
    later = Q(pk__gt=entry.details["last_message"], identity__isnull=False)
    going = target.messages.filter(_later_for(entry)).values("pk")
    staying = target.messages.filter(later).exclude(pk__in=going)
    if not staying.exists():
        header.put_back(target, entry.details["target"], entry.details["joined"])
    source.merged_into = None
    header.put_back(source, entry.details["source"])
    target.tags.remove(*entry.rows.filter(model="tag.case").values_list("row", flat=True))
