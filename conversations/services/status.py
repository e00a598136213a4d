"""Resolve, reopen, spam."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Agent, Case, Status
from conversations.services import threads


def resolve(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    return _become(Status.RESOLVED, "resolved", case_id, agent, seen)


def reopen(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    """Open again. Whoever was left unanswered waits again, since when they wrote."""
    return _become(Status.OPEN, "reopened_by_agent", case_id, agent, seen)


def mark_spam(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    return _become(Status.SPAM, "marked_spam", case_id, agent, seen)


def not_spam(*, case_id: int, agent: Agent, seen: int | None = None) -> Case:
    return _become(Status.OPEN, "not_spam", case_id, agent, seen)


def _become(status: Status, code: str, case_id: int, agent: Agent, seen: int | None) -> Case:
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent, seen=seen)
        if case.status == status:
            return case
        case.status = status
        case.snoozed_until = None
        case.resolved_at = conversation.now if status == Status.RESOLVED else None
        case.reckon_wait()
        threads.add_activity(conversation, case, code, agent=agent)
        return case
