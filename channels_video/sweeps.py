"""What nobody comes back for: uploads that were all there, ran out, or lost their row."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from channels_video import parts, uploads
from channels_video.models import Upload, UploadLink, VideoSettings
from channels_video.refusals import Refusal
from conversations.models import Blob, ClockTimestamp, ReceiptState
from conversations.services import previews

Row = TypeVar("Row", bound=Model)
BATCH = 100
ORPHANS_KEPT = timedelta(hours=1)


def finish() -> int:
    """Take in what came whole, but whose server died before it could say so."""
    left = Q(lease=None) | Q(leased_until__lt=ClockTimestamp())
    whole = Upload.objects.filter(left, offset=F("length"), finished_at=None, ended_at=None)
    done = 0
    for upload in whole.select_related("link")[:BATCH]:
        try:
            uploads.finish(uploads.claim(upload.link, upload.number, upload.offset))
        except Refusal:
            continue
        done += 1
    return done


def tidy() -> int:
    """Returns how many uploads and files went."""
    kept = VideoSettings.objects.order_by("pk")
    return _run_out() + _orphans() + _settled() + sum(map(_forgotten, kept))


def _run_out() -> int:
    old = Upload.objects.filter(
        expires_at__lt=Now(), offset__lt=F("length"), finished_at=None, ended_at=None
    )
    return sum(uploads.end(upload, failure="ran_out") for upload in old[:BATCH])


def _orphans() -> int:
    """Files whose upload is over, or is not there any more."""
    edge = time.time() - ORPHANS_KEPT.total_seconds()
    old = {number for number, written in parts.numbers() if written < edge}
    alive = Upload.objects.filter(number__in=old, finished_at=None, ended_at=None)
    orphans = old - set(alive.values_list("number", flat=True))
    for number in orphans:
        parts.remove(number)
    return len(orphans)


def _settled() -> int:
    """The bytes hang on a message now, and the note stands in it."""
    taken_in = Upload.objects.filter(receipt__state=ReceiptState.PROCESSED, blob__isnull=False)
    return taken_in.update(blob=None, note="")


def _forgotten(settings: VideoSettings) -> int:
    """Rows of what was called off, or became a message, as long ago as films are kept; and links
    that ended then and led to nothing that is still here."""
    edge = Now() - timedelta(days=settings.kept_days)
    is_over = Q(ended_at__lt=edge) | Q(finished_at__lt=edge)
    _let_go(settings, edge)
    uploads_over = Upload.objects.filter(is_over, link__channel=settings.channel_id, blob=None)
    gone = _some(uploads_over).delete()[0]
    ended = Q(expires_at__lt=edge) | Q(revoked_at__lt=edge)
    links_over = UploadLink.objects.filter(ended, channel=settings.channel_id, uploads=None)
    return gone + _some(links_over).delete()[0]


def _let_go(settings: VideoSettings, edge: Combinable) -> None:
    """The bytes of what nothing could be made of in all that time; its row goes with the others."""
    stuck = Upload.objects.filter(
        receipt__state=ReceiptState.QUARANTINED,
        link__channel=settings.channel_id,
        finished_at__lt=edge,
        blob__isnull=False,
    )
    with transaction.atomic():
        mine = _some(stuck)
        blobs = list(mine.values_list("blob", flat=True))
        mine.update(blob=None, note="")
        for digest in previews.unheld(Blob.objects.filter(pk__in=blobs)):
            transaction.on_commit(partial(Blob.take_out, digest))


def _some(rows: QuerySet[Row]) -> QuerySet[Row]:
    """No more than a sweep should take, the oldest first."""
    numbers = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    return rows.model._default_manager.filter(pk__in=numbers)  # noqa: SLF001 -- Django's own name
