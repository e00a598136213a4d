"""What went through a channel lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import reasons
from conversations.models import Channel, Delivery, DeliveryState, Receipt, ReceiptState

LINES = 30
ARRIVED = [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]
LOST = [DeliveryState.FAILED, DeliveryState.UNKNOWN]
COLOURS = {
    ReceiptState.STORED: "info",
    ReceiptState.PROCESSED: "success",
    ReceiptState.QUARANTINED: "danger",
    DeliveryState.FAILED: "danger",
    DeliveryState.UNKNOWN: "warning",
    DeliveryState.SENT: "success",
    DeliveryState.DELIVERED: "success",
    DeliveryState.READ: "success",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event in a channel's log."""

    is_inbound: bool
    at: datetime
    what: str
    state: str
    colour: str
    reason: str
    url: str


def latest(channel: Channel) -> list[Line]:
    """Receipts and deliveries of a channel, newest first."""
    receipts = channel.receipts.order_by("-id").only(
        "external_id", "state", "reason_code", "received_at"
    )[:LINES]
    deliveries = channel.deliveries.order_by("-id").prefetch_related("recipients")[:LINES]
    ins = (_inbound(receipt, channel.kind) for receipt in receipts)
    lines = chain(ins, (_outbound(delivery, channel.kind) for delivery in deliveries))
    return sorted(lines, key=lambda line: line.at, reverse=True)[:LINES]


def _inbound(receipt: Receipt, kind: str) -> Line:
    return Line(
        is_inbound=True,
        at=receipt.received_at,
        what=receipt.external_id,
        state=receipt.get_state_display(),
        colour=COLOURS.get(ReceiptState(receipt.state), ""),
        reason=reasons.of_receipt(receipt.reason_code, kind),
        url=reverse("admin:conversations_receipt_change", args=[receipt.pk]),
    )


def _outbound(delivery: Delivery, kind: str) -> Line:
    return Line(
        is_inbound=False,
        at=delivery.sent_at or delivery.created_at,
        what=", ".join(r.address for r in delivery.recipients.all()),
        state=delivery.get_state_display(),
        colour=COLOURS.get(DeliveryState(delivery.state), ""),
        reason=reasons.of_delivery(delivery.reason_code, kind),
        url=reverse("admin:conversations_delivery_change", args=[delivery.pk]),
    )


def with_share(channels: QuerySet[Channel]) -> QuerySet[Channel]:
    """Channels with `arrived` and `lost`: deliveries of the last 24 hours."""
    return channels.annotate(arrived=_count(ARRIVED), lost=_count(LOST))


def _count(states: list[DeliveryState]) -> Coalesce:
    since = timezone.now() - timedelta(hours=24)
    counted = (
        Delivery.objects.filter(channel=OuterRef("pk"), created_at__gte=since, state__in=states)
        .order_by()
        .values("channel")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def share(channel: Channel) -> str | None:
    """How many of the last day's deliveries arrived, as "98 % of 214"; None without any."""
    arrived, lost = getattr(channel, "arrived", 0), getattr(channel, "lost", 0)
    total = arrived + lost
    if not total:
        return None
    # rounded down: one lost mail in a thousand is not a hundred per cent
    percent = arrived * 100 // total
    return gettext("%(percent)s %% of %(total)s") % {"percent": percent, "total": total}


def has_traffic(channel: Channel) -> bool:
    return channel.receipts.exists() or channel.deliveries.exists() or channel.messages.exists()


def ago(at: datetime | None) -> str | None:
    if at is None:
        return None
    if timezone.now() - at < timedelta(minutes=1):
        return str(_("just now"))
    return gettext("%s ago") % timesince(at, depth=1)
