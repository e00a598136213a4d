"""What nobody comes back for: uploads that were all there, ran out, or lost their row."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from channels_video import parts, uploads
from channels_video.models import Upload
from channels_video.refusals import Refusal
from conversations.models import ClockTimestamp, ReceiptState

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
    return _run_out() + _orphans() + _settled()


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
