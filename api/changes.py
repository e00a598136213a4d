"""The steps that a conversation took, as one viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conversations.models import Agent, Case, Change, ChangeKind, Conversation, Message

MOST = 500
"""Steps in one answer."""
HIDDEN = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """`changes` after a revision, in order; none of them when `reset` says to begin anew."""

    revision: int
    reset: bool = False
    more: bool = False
    changes: tuple[dict[str, Any], ...] = ()


def after(conversation: Conversation, agent: Agent, revision: int) -> Steps:
    now = conversation.revision
    # what was written since the conversation was read is the next answer's
    rows = Change.objects.filter(
        conversation=conversation, revision__gt=revision, revision__lte=now
    )
    found = list(rows.order_by("revision")[:MOST])
    if revision > now or not _is_whole(found, revision, now):
        return Steps(revision=now, reset=True)
    cases, messages = _seen(found, agent)
    steps = tuple(_step(change, cases, messages) for change in found)
    return Steps(revision=now, more=revision + len(found) < now, changes=steps)


def _is_whole(found: list[Change], revision: int, now: int) -> bool:
    """Nothing pruned before them or between them, and no step that says to begin anew."""
    if any(change.kind == ChangeKind.RESET for change in found):
        return False
    numbers = [change.revision for change in found]
    if numbers != list(range(revision + 1, revision + 1 + len(found))):
        return False
    return len(found) == MOST or revision + len(found) >= now


def _seen(found: list[Change], agent: Agent) -> tuple[set[int], set[int]]:
    """Which of their cases and messages the agent sees today."""
    cases = Case.objects.visible_to(agent).filter(pk__in={c.case_id for c in found if c.case_id})
    messages = Message.objects.visible_to(agent).filter(
        pk__in={c.message_id for c in found if c.message_id}
    )
    return set(cases.values_list("pk", flat=True)), set(messages.values_list("pk", flat=True))


def _step(change: Change, cases: set[int], messages: set[int]) -> dict[str, Any]:
    is_seen = (change.case_id is None or change.case_id in cases) and (
        change.message_id is None or change.message_id in messages
    )
    said = {"previous": change.revision - 1, "revision": change.revision}
    if not is_seen:
        return {**said, "kind": HIDDEN, "at": None, "case": None, "message": None}
    return {
        **said,
        "kind": change.kind,
        "at": change.at,
        "case": change.case_id,
        "message": change.message_id,
    }
