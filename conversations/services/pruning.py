"""Let go of what is kept for a time: raw bytes of processed events, steps of old changes,
bulk jobs that are over, notices."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from conversations.models import (
    Blob,
    BulkJob,
    BulkRow,
    Change,
    Notice,
    Receipt,
    ReceiptState,
    WaitingReport,
)
from conversations.services import bulk, continuing

BATCH = 1000
CHANGES_KEPT = timedelta(days=30)
NOTICES_KEPT = timedelta(days=7)
REPORTS_WAIT = timedelta(days=2)
JOBS_KEPT = timedelta(days=30)
"""How long what a bulk job did can be looked up, and undone."""
JOBS = 20
"""Jobs of one run, of up to 10,000 rows each."""
_UNUSED = {"attachments": None, "posters": None, "previews": None}


def prune() -> int:
    """Returns how many rows went. Quarantined mail is kept for ever."""
    short = _prune_changes() + _prune_notices() + _prune_reports()
    return short + continuing.prune() + _prune_raw() + _prune_jobs()


def _prune_changes() -> int:
    old = Change.objects.filter(at__lt=Now() - CHANGES_KEPT, is_told=True).values("pk")[:BATCH]
    return Change.objects.filter(pk__in=old).delete()[0]


def _prune_notices() -> int:
    old = Notice.objects.filter(at__lt=Now() - NOTICES_KEPT).values("pk")[:BATCH]
    return Notice.objects.filter(pk__in=old).delete()[0]


def _prune_reports() -> int:
    """Of messages that are not ours: a report of ours waits for seconds."""
    old = WaitingReport.objects.filter(created_at__lt=Now() - REPORTS_WAIT).values("pk")[:BATCH]
    return WaitingReport.objects.filter(pk__in=old).delete()[0]


def _prune_raw() -> int:
    """A blob goes when all its receipts are old and processed and no attachment is cut from it."""
    return sum(map(_let_go, list(_raw().values_list("pk", flat=True)[:BATCH])))


def _raw() -> QuerySet[Blob]:
    fresh = Receipt.objects.exclude(
        state=ReceiptState.PROCESSED, processed_at__lt=Now() - settings.RAW_KEPT
    ).values("blob")
    old = Blob.objects.filter(receipts__isnull=False, pruned_at=None, **_UNUSED)
    return old.exclude(pk__in=fresh).distinct()


def _let_go(pk: int) -> bool:
    """The same event may have come again meanwhile."""
    with transaction.atomic():
        mine = Blob.objects.alone(pk)
        return _raw().filter(pk=pk).exists() and any(blob.let_go() for blob in mine)


def _prune_jobs() -> int:
    """Those on which nobody works any more: undoing one counts as work."""
    old = BulkJob.objects.filter(worked_at__lt=Now() - JOBS_KEPT)
    busy = BulkRow.objects.filter(job=OuterRef("pk"), state__in=bulk.TO_DO)
    over = list(old.exclude(Exists(busy)).order_by("pk").values_list("pk", flat=True)[:JOBS])
    rows = BulkRow.objects.filter(job__in=over).delete()[0]
    return rows + BulkJob.objects.filter(pk__in=over).delete()[0]
