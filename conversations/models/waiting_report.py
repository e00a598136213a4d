from __future__ import annotations

from typing import ClassVar

from django.db import models


class WaitingReport(models.Model):
    """What a provider said of a message before we had heard its id; `said` is the report."""

    channel = models.ForeignKey(
        "conversations.Channel", models.CASCADE, related_name="waiting_reports"
    )
    provider_id = models.CharField(max_length=255)
    said = models.JSONField()
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects: ClassVar[models.Manager[WaitingReport]] = models.Manager()

    class Meta:
        indexes = [models.Index("channel", "provider_id", "id", name="waiting_report_of")]

    def __str__(self) -> str:
        return self.provider_id
