"""How much of the store a channel takes: what is here, and what was promised to who is sending."""

from __future__ import annotations

from http import HTTPStatus

from django.db.models import F, Q, Sum

from channels_video.models import Upload, VideoSettings
from channels_video.refusals import Refusal
from conversations import disk
from conversations.models import Attachment, Blob, Look


def refuse_too_much(channel_id: int, length: int) -> None:
    """Raises Refusal. Whoever begins an upload anywhere in the house waits here until this
    transaction ends, so that the same room is never promised twice."""
    rows = VideoSettings.objects.select_for_update(no_key=True).order_by("pk")
    most = {one.channel_id: one.most_size for one in rows}[channel_id]
    if used(channel_id) + length > most:
        raise Refusal("channel_full", HTTPStatus.INSUFFICIENT_STORAGE)
    if disk.room() - awaited() < length:
        raise Refusal("disk_full", HTTPStatus.INSUFFICIENT_STORAGE)


def used(channel_id: int) -> int:
    """Bytes of a channel: what hangs on messages, what was made of it, and what is on its way."""
    kept = Attachment.objects.filter(message__channel=channel_id)
    looks = Look.objects.filter(blob__in=kept.values("blob"))
    made = looks.aggregate(n=Sum("poster__size"), film=Sum("preview__size"))
    is_no_message = Q(finished_at=None) | Q(blob__isnull=False)
    coming = Upload.objects.filter(is_no_message, link__channel=channel_id, ended_at=None)
    sums = (
        kept.aggregate(n=Sum("size"))["n"],
        made["n"],
        made["film"],
        coming.aggregate(n=Sum("length"))["n"],
    )
    return sum(one or 0 for one in sums)


def house() -> int:
    """Bytes of all files and raw messages that are kept, whatever they came by."""
    return Blob.objects.filter(pruned_at=None).aggregate(n=Sum("size"))["n"] or 0


def awaited() -> int:
    """Bytes that were promised to anybody in the house and have not come."""
    waiting = Upload.objects.filter(finished_at=None, ended_at=None)
    return waiting.aggregate(n=Sum(F("length") - F("offset")))["n"] or 0
