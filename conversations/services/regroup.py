"""What splitting, moving and merging cases of one conversation have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef

from conversations import events
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Conversation,
    Kind,
    Message,
    Participant,
    Rearrangement,
    RearrangementKind,
    Receipt,
    Status,
)
from conversations.models.message import MessageQuerySet
from conversations.models.rearrangement import RearrangementQuerySet
from conversations.services import drafts, journal, threads
from conversations.services.errors import Conflict, Refused

MOVABLE = (Kind.MESSAGE, Kind.NOTE)
"""What an agent can choose; activities stay with the case that they happened to."""
MOST_MESSAGES = 2000


def movable(case: Case) -> MessageQuerySet:
    """The entries of a case that can be put into another."""
    return case.messages.filter(kind__in=MOVABLE, cancelled_at=None)


def other_case(conversation: Conversation, case: Case, other_id: int, agent: Agent) -> Case:
    """Another case of a locked thread, for an agent who works it too."""
    other = threads.as_seen(other_id, agent)
    if other.pk == case.pk:
        raise Refused("same_case")
    if other.conversation_id != conversation.pk:
        raise Refused("another_customer", number=other.pk)
    threads.refuse_unless_worked(other, agent)
    return other


def chosen(case: Case, ids: Collection[int]) -> MessageQuerySet:
    """The chosen entries of a case. Raises Refused when none would stay, Conflict when somebody
    moved one of them meanwhile."""
    if not ids:
        raise Refused("choose_messages")
    if len(ids) > MOST_MESSAGES:
        raise Refused("too_many_messages", most=MOST_MESSAGES)
    rows = movable(case).filter(pk__in=ids)
    if rows.count() != len(set(ids)):
        _tell_who_moved(case, ids)
    if not movable(case).exclude(pk__in=ids).exists():
        raise Refused("one_must_stay")
    return rows


def _tell_who_moved(case: Case, ids: Collection[int]) -> None:
    moved = moved_by(ids).filter(source=case).order_by("-pk").first()
    if moved is None:
        raise Refused("no_such_messages")
    raise Conflict("messages_moved", **journal.about(moved))


def moved_by(ids: Collection[int]) -> RearrangementQuerySet:
    return (
        Rearrangement.objects.standing()
        .filter(rows__model="message.case", rows__row__in=ids)
        .select_related("agent")
        .distinct()
    )


def twin(
    kind: RearrangementKind, case_id: int, agent: Agent, ids: Collection[int]
) -> Rearrangement | None:
    """The same agent's same wish, carried out a moment ago: a double click."""
    done = moved_by(ids).filter(kind=kind, source=case_id, agent=agent).order_by("-pk").first()
    if done is None:
        return None
    rows = set(done.rows.filter(model="message.case").values_list("row", flat=True))
    return done if rows == set(ids) else None


def carry(entry: Rearrangement, rows: MessageQuerySet, source: Case, target: Case) -> list[int]:
    """Put entries of one case into another and note it; who speaks in them comes along."""
    ids = journal.move(entry, rows, "message.case", target.pk)
    brought = bring_speakers(ids, source, target)
    journal.note(entry, "participant.case", dict.fromkeys(brought, source.pk), target.pk)
    follow(ids, target)
    return ids


def follow(ids: Collection[int], case: Case) -> None:
    """What hangs on messages by their case: the receipts that they came in."""
    Receipt.objects.filter(messages__in=ids).update(case=case)


def bring_speakers(ids: Collection[int], source: Case, target: Case) -> list[int]:
    """Who is beside the customer in these messages stands beside them in the other case too."""
    speakers = Message.objects.filter(pk__in=ids).values("identity")
    there = target.participants.values("identity")
    known = source.participants.filter(identity__in=speakers).exclude(identity__in=there)
    made = Participant.objects.bulk_create(
        Participant(case=target, identity_id=p.identity_id, state=p.state) for p in known
    )
    return [participant.pk for participant in made]


def drop_speakers(entry: Rearrangement, target: Case) -> None:
    """Those whom `carry` brought and who have said nothing else there."""
    speaking = target.messages.exclude(identity=None).values("identity")
    brought = target.participants.filter(pk__in=journal.noted(entry, "participant.case"))
    brought.exclude(identity__in=speaking).delete()


def hand_over(source: Case, target: Case, entry: Rearrangement | None = None) -> None:
    """Tags and unsent words go along; words below those that the agent has there already."""
    new = source.tags.exclude(pk__in=target.tags.values("pk"))
    tags = list(new.values_list("pk", flat=True))
    target.tags.add(*tags)
    taken = target.drafts.filter(agent=OuterRef("agent"), kind=OuterRef("kind"))
    free = list(source.drafts.exclude(Exists(taken)).values_list("pk", flat=True))
    for draft in source.drafts.exclude(pk__in=free):
        drafts.append(target.drafts.get(agent=draft.agent_id, kind=draft.kind), draft.text)
    source.drafts.filter(pk__in=free).update(case=target)
    if entry is not None:
        journal.note(entry, "tag.case", dict.fromkeys(tags, source.pk), target.pk)
        journal.note(entry, "draft.case", dict.fromkeys(free, source.pk), target.pk)


def close(loser: Case, survivor: Case, conversation: Conversation) -> None:
    """A case that is another one now: its number, links and reply token lead there."""
    loser.merged_into, loser.status = survivor, Status.RESOLVED
    loser.resolved_at, loser.snoozed_until = conversation.now, None
    threads.reckon(loser)
    loser.save()


def tell(
    entry: Rearrangement,
    conversation: Conversation,
    lines: Mapping[Case, str],
    *,
    agent: Agent | None,
    count: int = 0,
) -> None:
    """Reckon cases anew, leave a line in each, and let every page load the thread again."""
    for case, code in lines.items():
        threads.reckon(case)
        params = {
            "rearrangement": entry.pk,
            "source": entry.source_id,
            "target": entry.target_id,
            "count": count,
            "cause": entry.cause,
        }
        threads.add_activity(conversation, case, code, agent=agent, params=params)
    events.record_change(conversation, ChangeKind.RESET)
