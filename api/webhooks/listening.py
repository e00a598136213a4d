"""Note for each endpoint what it is to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils import timezone

from api.models import EventState, WebhookEndpoint, WebhookEvent, WebhookEventType
from api.webhooks import endpoints, sending
from conversations.models import Change, ChangeKind, ClockTimestamp, Kind, Message
from conversations.rooms import Listener, Room
from conversations.wake import wake_on_commit

PRUNED_AT_ONCE = 5000

_Type = WebhookEventType
UPDATED = {
    ChangeKind.DELIVERY: _Type.DELIVERY_UPDATED,
    ChangeKind.CASE: _Type.CASE_UPDATED,
    ChangeKind.CUSTOMER: _Type.CUSTOMER_UPDATED,
    ChangeKind.RESET: _Type.CONVERSATION_RESET,
}


class Webhooks(Room):
    def changed(self, changes: Sequence[Change]) -> None:
        endpoints = list(WebhookEndpoint.objects.active())
        if not endpoints:
            return
        until = timezone.now() + sending.TRIED_FOR
        told = list(_told(changes))
        events = [
            WebhookEvent(
                endpoint=endpoint,
                type=kind,
                conversation_id=change.conversation_id,
                case_id=change.case_id,
                message_id=change.message_id,
                revision=change.revision,
                happened_at=change.at,
                until=until,
            )
            for endpoint in endpoints
            for change, kind in told
            if endpoint.wants(kind)
        ]
        WebhookEvent.objects.bulk_create(events, 1000)
        for pk in {event.endpoint_id for event in events}:
            wake_on_commit(sending.SEND, pk)

    def sweeps(self) -> Mapping[str, tuple[float, Callable[[], int]]]:
        return {"webhooks.prune": (3600.0, prune)}

    def listeners(self) -> Sequence[Listener]:
        return (sending.listen,)


def _told(changes: Sequence[Change]) -> Iterator[tuple[Change, WebhookEventType]]:
    """What each change is to somebody outside. A line about a case is the case's change alone."""
    new = [change.message_id for change in changes if change.is_new and change.message_id]
    kinds = dict(Message.objects.filter(pk__in=new).values_list("pk", "kind"))
    begun = _first_ones(new)
    for change in changes:
        if change.kind != ChangeKind.MESSAGE:
            yield change, UPDATED[ChangeKind(change.kind)]
        elif not change.is_new:
            yield change, _Type.MESSAGE_UPDATED
        elif kinds.get(change.message_id) != Kind.ACTIVITY:  # type: ignore[arg-type]  # a new one has a number
            if change.message_id in begun:
                yield change, _Type.CASE_CREATED
            yield change, _Type.MESSAGE_CREATED


def _first_ones(new: Sequence[int]) -> set[int]:
    """Those of these messages with which a case began."""
    cases = Message.objects.filter(pk__in=new).values("case")
    said = Message.objects.filter(case__in=cases).exclude(kind=Kind.ACTIVITY)
    first = said.order_by("case", "pk").distinct("case")
    return set(first.values_list("pk", flat=True))


def prune() -> int:
    """Let go of old lines of the log. Returns how many."""
    old = WebhookEvent.objects.exclude(state=EventState.WAITING).filter(
        created_at__lt=ClockTimestamp() - endpoints.LOG_KEPT
    )
    return WebhookEvent.objects.filter(pk__in=old.values("pk")[:PRUNED_AT_ONCE]).delete()[0]
