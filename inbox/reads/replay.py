"""The steps that a thread took since a revision, as one case's page shows them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery

from conversations.models import Case, Change, ChangeKind, Message
from inbox.reads import entries, thread
from inbox.reads.entries import Entry

MOST = 500
"""More missed steps than this are not worth replaying."""
HIDDEN = "empty"
"""Type of a step that this page does not show: a gap is then always a real one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One revision. `id` is the element it concerns; a message that went away has no entry."""

    revision: int
    type: str
    id: str = ""
    entry: Entry | None = None


def since(case: Case, after: int) -> list[Step] | None:
    """Every step after a revision, in order; None when they are pruned or too many, or the page
    has to be read anew."""
    now = case.conversation.revision
    # what was written since the case was read is the next answer's
    rows = Change.objects.filter(
        conversation=case.conversation_id, revision__gt=after, revision__lte=now
    )
    found = list(rows.order_by("revision")[: MOST + 1])
    if len(found) > MOST or any(change.kind == ChangeKind.RESET for change in found):
        return None
    if [change.revision for change in found] != list(range(after + 1, now + 1)):
        return None
    return None if _has_company(case, found) else _steps(case, found)


def _has_company(case: Case, found: list[Change]) -> bool:
    """Whether another case of the conversation was opened meanwhile: it has a line of its own."""
    others = {change.case_id for change in found if change.case_id} - {case.pk}
    if not others:
        return False
    # of the last step that the page has: what was opened under the thread's lock since is later
    seen = Change.objects.filter(
        conversation=case.conversation_id, revision=found[0].revision - 1
    ).values("at")
    return Case.objects.filter(pk__in=others, opened_at__gt=Subquery(seen)).exists()


def unanswered(case: Case) -> int | None:
    """The newest customer message that no public answer follows, of those that a page shows."""
    rows = Message.objects.filter(case=case, cancelled_at=None).order_by("-sorted_at", "-id")
    return entries.unanswered(rows[: thread.PAGE])


def _steps(case: Case, found: list[Change]) -> list[Step] | None:
    """A message that changed several times is drawn once, at its last step. None when what changed
    lies too far apart to be drawn in one go."""
    last = {c.message_id: c.revision for c in found if c.message_id and c.case_id == case.pk}
    drawn = _drawn(case, set(last))
    return None if drawn is None else [_step(change, last, drawn) for change in found]


def _step(change: Change, last: dict[int, int], drawn: dict[int, Entry]) -> Step:
    if change.message_id and last.get(change.message_id) == change.revision:
        return Step(
            revision=change.revision,
            type=ChangeKind.MESSAGE,
            id=f"m-{change.message_id}",
            entry=drawn.get(change.message_id),
        )
    return Step(revision=change.revision, type=HIDDEN)


def _drawn(case: Case, ids: set[int]) -> dict[int, Entry] | None:
    """Entries of these messages, with what stands above each; None when they are too far apart."""
    if not ids:
        return {}
    rows = Message.objects.filter(case=case, cancelled_at=None)
    first = rows.filter(pk__in=ids).in_order().first()
    if first is None:
        return {}
    later = thread.dressed(rows.filter(sorted_at__gte=first.sorted_at)).in_order()
    found = list(later[: MOST + 1])
    near, beyond = found[:MOST], found[MOST:]
    if beyond and rows.filter(pk__in=ids - {message.pk for message in near}).exists():
        return None
    above = thread.above(rows, first)
    before = above.first()
    voice = thread.voice(above, before)
    built = entries.build(near, topic=case.topic, before=before, voice=voice)
    return {entry.message.pk: entry for entry in built if entry.message.pk in ids}
