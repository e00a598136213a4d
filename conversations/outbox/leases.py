"""The right to send a delivery: a claim with a lease, by database time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, QuerySet

from conversations.faults import failpoint
from conversations.models import ClockTimestamp, Delivery, DeliveryState, Recipient

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Lease:
    delivery: Delivery
    token: uuid.UUID

    def rows(self) -> QuerySet[Delivery]:
        """The delivery while it is still ours; every write under the lease goes through here."""
        return Delivery.objects.filter(
            pk=self.delivery.pk, lease_token=self.token, state=DeliveryState.SENDING
        )

    def recheck(self) -> bool:
        """Right before the call: still ours? From here on a lost lease means *unknown*."""
        is_repeat = self.delivery.called_at is not None
        now = ClockTimestamp()
        return bool(
            self.rows()
            .filter(leased_until__gt=now)
            .update(
                called_at=now,
                leased_until=now + LEASE,
                resends=F("resends") + int(is_repeat),
            )
        )


def claim(delivery_id: int) -> Lease | None:
    """Take the right to send a due delivery; None when it is not due or not first in its line.

    Two workers may claim two deliveries of one line at once: the constraint lets one through.
    """
    failpoint("outbox.before_claim")
    try:
        token = _take(delivery_id)
    except IntegrityError:
        return None
    if token is None:
        return None
    failpoint("outbox.after_claim")
    delivery = Delivery.objects.select_related("channel", "conversation").get(pk=delivery_id)
    return Lease(delivery, token)


def _take(delivery_id: int) -> uuid.UUID | None:
    token = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"id": delivery_id, "token": token, "lease": LEASE.total_seconds()})
        if cursor.fetchone() is None:
            return None
        waiting = [DeliveryState.HELD, DeliveryState.QUEUED]
        Recipient.objects.filter(delivery=delivery_id, state__in=waiting).update(
            state=DeliveryState.SENDING
        )
    return token


_CLAIM = """
UPDATE conversations_delivery d
SET state = 'sending', lease_token = %(token)s,
    leased_until = clock_timestamp() + make_interval(secs => %(lease)s),
    attempts = attempts + 1
WHERE id = %(id)s
  AND ((state IN ('held', 'queued') AND due_at <= clock_timestamp())
       OR (state = 'sending' AND leased_until < clock_timestamp()))
  AND NOT EXISTS (
    SELECT 1 FROM conversations_delivery earlier
    WHERE earlier.conversation_id = d.conversation_id AND earlier.channel_id = d.channel_id
      AND earlier.id <> d.id
      AND (earlier.state = 'sending' OR (earlier.state = 'queued' AND earlier.id < d.id)))
RETURNING id
"""


def due(limit: int = 200) -> list[int]:
    """Ids of deliveries that should be leaving now, longest due first."""
    now = ClockTimestamp()
    rows = Delivery.objects.filter(
        Q(state__in=[DeliveryState.HELD, DeliveryState.QUEUED], due_at__lte=now)
        | Q(state=DeliveryState.SENDING, leased_until__lt=now)
    )
    return list(rows.order_by("due_at", "id").values_list("pk", flat=True)[:limit])
