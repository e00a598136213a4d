"""Let go of what is kept for a time: raw bytes of processed events, steps of old changes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from conversations.models import Blob, Change, Receipt, ReceiptState

BATCH = 1000
CHANGES_KEPT = timedelta(days=30)


def prune() -> int:
    """Returns how many rows went. Quarantined mail is kept for ever."""
    return _prune_changes() + _prune_raw()


def _prune_changes() -> int:
    old = Change.objects.filter(at__lt=Now() - CHANGES_KEPT, is_told=True).values("pk")[:BATCH]
    return Change.objects.filter(pk__in=old).delete()[0]


def _prune_raw() -> int:
    """A blob goes when all its receipts are old and processed and no attachment is cut from it."""
    kept = settings.RAW_KEPT
    fresh = Receipt.objects.exclude(
        state=ReceiptState.PROCESSED, processed_at__lt=Now() - kept
    ).values("blob")
    old = (
        Blob.objects.filter(receipts__isnull=False, attachments=None, pruned_at=None)
        .exclude(pk__in=fresh)
        .distinct()[:BATCH]
    )
    return sum(blob.let_go() for blob in old)
