"""Messages go to the case that they belong to."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from conversations.models import Agent, Rearrangement, RearrangementKind
from conversations.services import journal, regroup, threads


def move(
    *,
    case_id: int,
    agent: Agent,
    message_ids: Collection[int],
    to: int,
    cause: str = "",
    seen: int | None = None,
) -> Rearrangement:
    """Put some messages and notes of a case into another case of the same conversation.

    At least one must stay; for all of them there is merging. They keep their place in time.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        known = regroup.twin(RearrangementKind.MOVE, case.pk, agent, message_ids)
        if known is not None:
            return known
        threads.refuse_if_changed(conversation, case, agent, seen)
        target = regroup.other_case(conversation, case, to, agent)
        rows = regroup.chosen(case, message_ids)
        entry = journal.begin(
            RearrangementKind.MOVE, agent=agent, cause=cause, source=case, target=target
        )
        ids = regroup.carry(entry, rows, case, target)
        lines = {case: "messages_moved_out", target: "messages_moved_in"}
        regroup.tell(entry, conversation, lines, agent=agent, count=len(ids))
        return entry
