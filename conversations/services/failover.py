"""What surely did not arrive goes out once more, by the next channel that reaches the customer.

Only from *failed*, never from *unknown*; never by a channel of the same kind, so that no STOP is
gone around; never twice, which the database sees to.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from conversations import outbox
from conversations.adapters import registry
from conversations.adapters.base import Available, ChannelAdapter
from conversations.adapters.messages import File, RecipientRole
from conversations.models import (
    Case,
    Channel,
    Conversation,
    Delivery,
    DeliveryState,
    Failover,
    Identity,
    Kind,
    Message,
    Recipient,
)
from conversations.models.message import FAILS_OVER
from conversations.outbox.waits import let_go
from conversations.services.envelopes import sender_of
from conversations.services.subjects import references_of, subject_of

LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A channel that reaches the customer, and at which address."""

    channel: Channel
    adapter: ChannelAdapter
    identity: Identity


def sweep() -> int:
    """Decide about what failed since the last look. Returns how many."""
    undecided = Delivery.objects.filter(state=DeliveryState.FAILED, failover="")
    found = list(undecided.order_by("id").values_list("pk", flat=True)[:LIMIT])
    return sum(decide(pk) is not None for pk in found)


def decide(delivery_id: int) -> Failover | None:
    """Find another way for a failed delivery, or note why there is none. None when somebody has,
    or it is not failed any more."""
    with transaction.atomic():
        conversation = Conversation.objects.locked_with(Delivery.objects.get(pk=delivery_id))
        failed = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("channel")
            .filter(pk=delivery_id, state=DeliveryState.FAILED, failover="")
            .first()
        )
        if failed is None:
            return None
        end = _decided(conversation, failed)
        Delivery.objects.filter(pk=failed.pk).update(failover=end)
        return end


def _decided(conversation: Conversation, failed: Delivery) -> Failover:
    messages = list(failed.messages.select_related("case__conversation__customer"))
    if len(messages) != 1 or not _is_wanted(messages[0], failed):
        return Failover.OFF
    message = messages[0]
    way = next(_ways(message, failed, conversation), None)
    if way is None:
        return Failover.NO_WAY
    _go(conversation, message, failed, way)
    return Failover.NEXT


def _is_wanted(message: Message, failed: Delivery) -> bool:
    """By the message's own rule, else the channel's. It must be the customer's alone: what went
    to others too has reached somebody, or was theirs."""
    if hasattr(failed, "instead") or message.redacted_at or message.is_aside:
        return False
    if message.kind != Kind.MESSAGE or message.cancelled_at is not None:
        return False
    rows = list(failed.recipients.all())
    is_all = all(row.state == DeliveryState.FAILED for row in rows) and len(rows) == 1
    wanted = message.params.get(FAILS_OVER, failed.channel.fails_over)
    return bool(wanted) and is_all and _is_customers(message.case, rows[0])


def _is_customers(case: Case, recipient: Recipient) -> bool:
    customer = case.conversation.customer
    return Identity.objects.filter(customer=customer, value=recipient.address).exists()


def _ways(message: Message, failed: Delivery, conversation: Conversation) -> Iterator[Way]:
    """Channels of other kinds on which this customer can be reached now, the latest used first."""
    files = [
        File(name=one.name, type=one.type, content=b"", blob=one.blob.sha256, kept_size=one.size)
        for one in message.attachments.select_related("blob")
    ]
    for channel in _others(message, failed):
        adapter = registry.adapter_for(channel.kind)
        if files and adapter.cannot_carry(channel=channel, files=files):
            continue
        for identity in _addresses(conversation, adapter):
            answer = adapter.availability(
                channel=channel, address=identity.address, at=timezone.now()
            )
            if isinstance(answer, Available):
                yield Way(channel=channel, adapter=adapter, identity=identity)


def _others(message: Message, failed: Delivery) -> list[Channel]:
    used = list(
        Message.objects.public()
        .filter(case=message.case, identity__isnull=False)
        .order_by("-sorted_at", "-id")
        .values_list("channel", flat=True)[:50]
    )
    tried = {failed.channel.kind, *_tried_before(failed)}
    active = Channel.objects.active().filter(kind__in=registry.kinds()).exclude(kind__in=tried)
    if message.case.team.is_restricted:
        active = active.filter(team=message.case.team)
    else:
        active = active.filter(team__is_restricted=False)
    return sorted(
        active, key=lambda one: (used.index(one.pk) if one.pk in used else len(used), one.pk)
    )


def _tried_before(failed: Delivery) -> set[str]:
    kinds: set[str] = set()
    before = failed.instead_of
    while before is not None:
        kinds.add(before.channel.kind)
        before = before.instead_of
    return kinds


def _addresses(conversation: Conversation, adapter: ChannelAdapter) -> list[Identity]:
    """The customer's own, those that a check vouched for first."""
    mine = Identity.objects.filter(
        customer=conversation.customer, kind=adapter.identity_kind, is_shared=False
    )
    proven_first = F("verified_at").desc(nulls_last=True)
    return list(mine.exclude(unreachable_code__gt="").order_by(proven_first, "id"))


def _go(conversation: Conversation, message: Message, failed: Delivery, way: Way) -> None:
    case, identity, adapter = message.case, way.identity, way.adapter
    recipient = Recipient(
        role=RecipientRole.TO, address=identity.value, name=identity.name, identity=identity
    )
    delivery = outbox.enqueue(
        message,
        channel=way.channel,
        recipients=[recipient],
        sender=sender_of(adapter, way.channel, ""),
        instead=outbox.Instead(
            failed=failed,
            key=adapter.message_key(token=case.reply_token, client_id=uuid.uuid4().hex),
            envelope={
                "subject": subject_of(case, adapter),
                "references": references_of(case, adapter.kind),
            },
        ),
    )
    outbox.announce(conversation, delivery)
    let_go(conversation, delivery)
