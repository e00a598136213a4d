"""Into the outbox, back out of it, and in again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.db.models.functions import Now

from conversations import events
from conversations.adapters import registry
from conversations.models import (
    ChangeKind,
    Channel,
    ClockTimestamp,
    Conversation,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    Recipient,
)
from conversations.models.delivery import AILING, ARRIVED
from conversations.outbox import reach, whose
from conversations.outbox.waits import let_go
from conversations.wake import DELIVER, wake_on_commit


class NotPublic(ValueError):
    """A note or an activity was about to leave. It must not, by any path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """What leaves by another channel than it was written on: under a key of its own, with the
    subject and references that the other channel wants. It makes up for `failed`, or goes along
    with what waits unread."""

    failed: Delivery | None = None
    key: str
    envelope: dict[str, object]


def enqueue(
    *messages: Message,
    channel: Channel,
    recipients: Iterable[Recipient],
    sender: str = "",
    hold: timedelta = timedelta(0),
    send_at: datetime | None = None,
    instead: Instead | None = None,
) -> Delivery:
    """Write the outbox row of a message, or of several of one case that leave together, in the
    messages' own transaction.

    `hold` keeps it back so that it can be undone; `send_at` until a time that somebody chose.
    `instead` makes up for another delivery of it. Raises NotPublic for a note.
    """
    message = messages[0]
    if any(one.kind != Kind.MESSAGE for one in messages):
        raise NotPublic(message.pk)
    is_held = bool(hold) or send_at is not None
    is_there = not is_held and _is_instant(channel)
    state = _first_state(is_held=is_held, is_there=is_there)
    due = send_at or Now() + hold
    delivery = Delivery.objects.create(
        conversation_id=message.conversation_id,
        channel=channel,
        state=state,
        sender=sender,
        key=instead.key if instead else message.message_id or uuid.uuid4().hex,
        instead_of=instead.failed if instead else None,
        envelope=instead.envelope if instead else {},
        due_at=due,
        is_scheduled=send_at is not None,
        created_at=send_at or Now(),
        sent_at=ClockTimestamp() if is_there else None,
    )
    delivery.messages.add(*messages)
    for recipient in recipients:
        recipient.delivery, recipient.state = delivery, state
    Recipient.objects.bulk_create(recipients)
    if is_there:
        channel.note_traffic("last_out_at")
        registry.adapter_for(channel.kind).placed(delivery)
    elif not is_held:
        wake_on_commit(DELIVER, delivery.pk)
    return delivery


def _first_state(*, is_held: bool, is_there: bool) -> DeliveryState:
    if is_held:
        return DeliveryState.HELD
    return DeliveryState.SENT if is_there else DeliveryState.QUEUED


def _is_instant(channel: Channel) -> bool:
    """Whether what is written on it is sent: its other side reads from our own database."""
    try:
        return registry.adapter_for(channel.kind).describe().is_instant
    except registry.NotInstalled:
        return False


def cancel(
    delivery: Delivery, *, from_states: Iterable[DeliveryState] = (DeliveryState.HELD,)
) -> bool:
    """Take back a held delivery. False when it has left the hold already."""
    cancelled = Delivery.objects.filter(pk=delivery.pk, state__in=list(from_states)).update(
        state=DeliveryState.CANCELLED
    )
    if cancelled:
        delivery.recipients.update(state=DeliveryState.CANCELLED)
    return bool(cancelled)


def release(delivery: Delivery) -> bool:
    """Let a held delivery go at once. False when it has left the hold already."""
    released = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.HELD).update(
        state=DeliveryState.QUEUED, due_at=ClockTimestamp(), created_at=ClockTimestamp()
    )
    if released:
        delivery.recipients.update(state=DeliveryState.QUEUED)
        wake_on_commit(DELIVER, delivery.pk)
    return bool(released)


def send_again(delivery: Delivery) -> bool:
    """Queue a delivery anew for those whom it did not surely reach, at a person's word.

    False when it is on its way, or has reached everybody.
    """
    with transaction.atomic():
        conversation = whose.thread_of(delivery)
        missed = delivery.recipients.filter(state__in=AILING)
        again = Delivery.objects.filter(
            Exists(missed), pk=delivery.pk, state__in=[*AILING, *ARRIVED]
        ).update(
            state=DeliveryState.QUEUED,
            due_at=ClockTimestamp(),
            created_at=ClockTimestamp(),
            attempts=0,
            called_at=None,
            reason_code="",
            reason_words="",
            **_anew(delivery),
        )
        if not again:
            return False
        # who sends again says that the addresses are good; the next bounce may say otherwise
        reach.judge(conversation, set(missed.values_list("address", flat=True)), "")
        missed.update(state=DeliveryState.QUEUED, reason_code="", reason_words="")
        announce(conversation, delivery)
        let_go(conversation, delivery)
        wake_on_commit(DELIVER, delivery.pk)
    return True


def _anew(delivery: Delivery) -> dict[str, str]:
    """Where the other side would get it twice it is another transmission, under a name of its own:
    what the provider still says of the first is not about this one."""
    try:
        adapter = registry.adapter_for(delivery.channel.kind)
    except registry.NotInstalled:
        return {}
    return {} if adapter.describe().resends_safely else {"key": uuid.uuid4().hex, "provider_id": ""}


def announce(conversation: Conversation, delivery: Delivery) -> None:
    """Record that a delivery's state changed, for each message it carries."""
    for message in delivery.messages.all():
        events.record_change(conversation, ChangeKind.DELIVERY, message=message)
