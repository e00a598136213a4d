"""A case follows its deliveries: an answer that reached nobody was no answer."""

from __future__ import annotations

from conversations import events
from conversations.models import Case, ChangeKind, Conversation, Delivery, Status


def bring_back(conversation: Conversation, delivery: Delivery) -> None:
    """A delivery failed for good: its case is open again and whoever waited waits on."""
    for case in _answered_by(delivery):
        if case.status == Status.RESOLVED:
            case.status, case.resolved_at = Status.OPEN, None
        _reckon(conversation, case)


def let_go(conversation: Conversation, delivery: Delivery) -> None:
    """A failed delivery is on its way again, or one that waited for its time has left: it counts
    as an answer until it fails."""
    for case in _answered_by(delivery):
        _reckon(conversation, case)


def _answered_by(delivery: Delivery) -> list[Case]:
    answered = Case.objects.filter(messages__deliveries=delivery, messages__agent__isnull=False)
    return list(answered.distinct().order_by("pk"))


def _reckon(conversation: Conversation, case: Case) -> None:
    case.reckon_wait()
    case.save()
    events.record_change(conversation, ChangeKind.CASE, case=case)
