"""Which delivery of ours somebody speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from conversations.models import Channel, Conversation, Delivery
from conversations.models.delivery import AILING, ARRIVED

RECENT = timedelta(days=14)
"""Mail servers give up after five days; some reports come late."""


def thread_of(delivery: Delivery) -> Conversation:
    """The thread of a delivery, locked: where its messages are by now."""
    message = delivery.messages.order_by("pk").first()
    return Conversation.objects.locked_with(message or delivery)


def named(channel: Channel, provider_id: str, key: str = "") -> Delivery | None:
    """The delivery with this id, ours or the provider's; else the one with our `key`, unless the
    provider is known to call that by another id."""
    if not provider_id:
        return None
    mine = Delivery.objects.filter(channel__kind=channel.kind).order_by("id")
    known = mine.filter(Q(provider_id=provider_id) | Q(key=provider_id)).first()
    if known is None and key:
        known = mine.filter(key=key, provider_id="").first()
    return known


def guessed(channel: Channel, address: str, tokens: Sequence[str] = ()) -> Delivery | None:
    """The latest delivery to an address that failed: in the case of a reply token, else recently
    from this channel. None when that could be in two threads: nothing is said of either."""
    if not address:
        return None
    left = Delivery.objects.filter(state__in=[*ARRIVED, *AILING], recipients__address=address)
    if tokens:
        told = left.filter(messages__case__reply_token__in=tokens).order_by("-id").first()
        if told is not None:
            return told
    recent = left.filter(channel=channel, created_at__gt=Now() - RECENT)
    threads = recent.values_list("conversation", flat=True).distinct()[:2]
    return recent.order_by("-id").first() if len(threads) == 1 else None
