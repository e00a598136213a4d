"""Films are kept for as long as their channel says, and no longer."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from channels_video.models import VideoSettings
from conversations.models import Message
from conversations.services import redaction

BATCH = 100


def prune() -> int:
    """Returns how many messages lost their files."""
    return sum(_of(settings) for settings in VideoSettings.objects.order_by("pk"))


def _of(settings: VideoSettings) -> int:
    edge = Now() - timedelta(days=settings.kept_days)
    rows = Message.objects.filter(
        channel=settings.channel_id, sorted_at__lt=edge, attachments__isnull=False
    )
    old = list(rows.select_related("case").order_by("pk").distinct()[:BATCH])
    for message in old:
        redaction.let_files_go(message, days=settings.kept_days)
    return len(old)
