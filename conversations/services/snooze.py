"""Put a case off until a time. A customer who writes ends it early."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from conversations.models import Agent, Case, Conversation, Status
from conversations.services import moments, threads
from conversations.services.errors import Refused


def snooze(*, case_id: int, agent: Agent, until: datetime | None, seen: int | None = None) -> Case:
    """Out of the queues until `until` (aware), by database time.

    The customer goes on waiting since they wrote. Raises Refused("no_such_time"),
    Refused("already_closed"), Refused("not_in_future") and Refused("too_far").
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if case.is_closed:
            raise Refused("already_closed")
        until = moments.ahead(until, conversation.now)
        if (case.status, case.snoozed_until) == (Status.SNOOZED, until):
            return case
        case.status, case.snoozed_until = Status.SNOOZED, until
        params = {"until": until.isoformat()}
        threads.add_activity(conversation, case, "snoozed", agent=agent, params=params)
        return case


def end(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    """Bring a case back before its time."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if case.status == Status.SNOOZED:
            _open(conversation, case, "unsnoozed", agent)
        return case


def wake_due(limit: int = 100) -> int:
    """Bring back the cases whose time has come, the longest over first. Returns how many."""
    due = (
        Case.objects.filter(status=Status.SNOOZED, snoozed_until__lte=Now())
        .order_by("snoozed_until", "id")
        .values_list("pk", "conversation_id")[:limit]
    )
    return sum(_wake(case_id, conversation_id) for case_id, conversation_id in list(due))


def _wake(case_id: int, conversation_id: int) -> int:
    """Under the thread's lock: an agent, or the customer, may have been first."""
    with transaction.atomic():
        conversation = Conversation.objects.locked(conversation_id)
        case = Case.objects.filter(pk=case_id, status=Status.SNOOZED).first()
        is_due = case is not None and case.snoozed_until and case.snoozed_until <= conversation.now
        if case is None or not is_due:
            return 0
        _open(conversation, case, "snooze_over", None)
        return 1


def _open(conversation: Conversation, case: Case, code: str, agent: Agent | None) -> None:
    case.status, case.snoozed_until = Status.OPEN, None
    threads.add_activity(conversation, case, code, agent=agent)
