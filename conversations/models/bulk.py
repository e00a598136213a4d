from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RowState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    RETURNING = "returning", _("Being undone")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Changed since: kept")


class BulkJob(models.Model):
    """One action over many cases, as one agent asked for it once (`client_id`)."""

    agent = models.ForeignKey("conversations.Agent", models.CASCADE, related_name="bulk_jobs")
    client_id = models.UUIDField()
    action = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=models.functions.Now())
    worked_at = models.DateTimeField(db_default=models.functions.Now())
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[BulkJob]] = models.Manager()

    class Meta:
        verbose_name = _("bulk job")
        verbose_name_plural = _("bulk jobs")
        constraints = [
            models.UniqueConstraint(fields=["agent", "client_id"], name="bulkjob_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.action}"


class BulkRow(models.Model):
    """What became of one case of a job. `before` and `after` are its header, to put it back."""

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="rows")
    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=RowState, default=RowState.WAITING)
    code = models.CharField(max_length=64, blank=True)
    params = models.JSONField(default=dict, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    objects: ClassVar[models.Manager[BulkRow]] = models.Manager()

    class Meta:
        verbose_name = _("row of a bulk job")
        verbose_name_plural = _("rows of bulk jobs")
        constraints = [
            models.UniqueConstraint(fields=["job", "case"], name="bulkrow_once_a_case"),
        ]
        indexes = [
            models.Index(
                "job", "id", condition=Q(state__in=["waiting", "returning"]), name="bulkrow_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"
