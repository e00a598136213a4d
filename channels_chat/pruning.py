"""Let go of what no visitor comes back for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from channels_chat.models import Upload, UsedProof, Visitor
from conversations.models import Blob
from conversations.services import previews

BATCH = 1000
SILENT_KEPT = timedelta(days=30)
"""Of visitors who never said anything, after their last visit."""
UPLOADS_KEPT = timedelta(days=1)


def prune() -> int:
    """Returns how many rows went."""
    silent = Visitor.objects.filter(since=None, subject="", shown_at__lt=Now() - SILENT_KEPT)
    uploads = Upload.objects.filter(created_at__lt=Now() - UPLOADS_KEPT)
    proofs = UsedProof.objects.filter(expires_at__lt=Now())
    went = silent.filter(pk__in=_some(silent)).delete()[0]
    went += _prune_uploads(uploads)
    return went + proofs.filter(pk__in=_some(proofs)).delete()[0]


def _prune_uploads(old: QuerySet[Upload]) -> int:
    """With their bytes, where nothing else has the same."""
    rows = list(old.select_related("blob").defer("blob__content")[:BATCH])
    Upload.objects.filter(pk__in=[row.pk for row in rows]).delete()
    blobs = Blob.objects.filter(pk__in={row.blob_id for row in rows})
    held = Upload.objects.filter(blob__in=blobs).values("blob")
    for digest in previews.unheld(blobs.exclude(pk__in=held)):
        Blob.take_out(digest)
    return len(rows)


def _some(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True)[:BATCH])
