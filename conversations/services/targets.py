"""What time does to reply targets: they pass, and the rules that they are reckoned by change."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now

from conversations import events
from conversations.models import Case, ChangeKind, Conversation, NoticeKind, Status, TargetEdition
from conversations.models.case import CaseQuerySet
from conversations.services import notices, threads

log = structlog.get_logger(__name__)

PIECE = 200
"""Cases that are looked at in one go."""


def note_passed(*, seconds: float = 1.0) -> int:
    """Say in each case whose reply target has passed that it has: once. Returns how many."""
    due = Case.objects.filter(status=Status.OPEN, reply_due_at__lte=Now(), target_passed_at=None)
    return each(due, _pass, seconds)


def _pass(conversation: Conversation, case: Case) -> bool:
    """Under the thread's lock: somebody may have answered meanwhile."""
    is_waiting = case.status == Status.OPEN and case.target_passed_at is None
    if not is_waiting or case.reply_due_at is None or case.reply_due_at > conversation.now:
        return False
    case.target_passed_at = conversation.now
    params = {"due": case.reply_due_at.isoformat()}
    if case.messages.filter(code="target_passed", params=params).exists():
        case.save()  # an answer stopped the clock and was taken back: all know already
        events.record_change(conversation, ChangeKind.CASE, case=case)
        return True
    threads.add_activity(conversation, case, "target_passed", params=params)
    notices.tell(case, NoticeKind.LATE, [case.assignee_id], at=conversation.now)
    return True


def reckon_stale(*, seconds: float = 1.0) -> int:
    """Reckon the targets of waiting cases anew that were reckoned by rules which changed since,
    the most urgent first. Returns how many."""
    current = TargetEdition.objects.current()
    stale = Case.objects.filter(waiting_since__isnull=False, target_edition__lt=current)
    return each(stale, _reckon, seconds)


def _reckon(conversation: Conversation, case: Case) -> bool:
    before = (case.reply_due_at, case.reply_soon_at)
    case.reckon_target()
    case.save()
    if (case.reply_due_at, case.reply_soon_at) != before:
        events.record_change(conversation, ChangeKind.CASE, case=case)
    return True


def each(cases: CaseQuerySet, do: Callable[[Conversation, Case], bool], seconds: float) -> int:
    """Each in a transaction and under the lock of its thread, until the time is over; what is left
    is found again. One that fails holds up no other."""
    until, done = time.monotonic() + seconds, 0
    urgent = cases.order_by(F("reply_due_at").asc(nulls_last=True), "pk")
    for pk in list(urgent.values_list("pk", flat=True)[:PIECE]):
        if time.monotonic() > until:
            break
        try:
            done += _one(pk, do)
        except DatabaseError:
            raise
        except Exception:
            log.exception("target_failed", case=pk)
    return done


def _one(pk: int, do: Callable[[Conversation, Case], bool]) -> bool:
    with transaction.atomic():
        case = Case.objects.filter(pk=pk).first()
        if case is None:
            return False
        conversation = Conversation.objects.locked_with(case)
        return do(conversation, Case.objects.select_related("team").get(pk=pk))
