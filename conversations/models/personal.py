"""What was asked for about a person: an export of everything, or its erasure."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import ClockTimestamp


def new_name() -> str:
    return f"{secrets.token_hex(16)}.zip"


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Being written")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class Export(models.Model):
    """Everything about a customer in one file, kept for a time. A worker goes on at `step`."""

    customer = models.ForeignKey("conversations.Customer", models.CASCADE, related_name="exports")
    agent = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, related_name="exports"
    )
    client_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.WAITING)
    file_name = models.CharField(max_length=60, default=new_name, editable=False)
    step = models.CharField(max_length=20, blank=True)
    last = models.BigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    worked_at = models.DateTimeField(db_default=ClockTimestamp())
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Export]] = models.Manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.UniqueConstraint(fields=["agent", "client_id"], name="export_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "exports" / self.file_name


class ErasureState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Erased")
    CALLED_OFF = "called_off", _("Called off")


class Erasure(models.Model):
    """That a customer was to be erased, by whom and when. It outlives them and names nobody.

    `files` are hashes whose bytes have yet to go from the store; `counts` what went, by kind.
    """

    customer_number = models.BigIntegerField(_("customer"))
    agent = models.ForeignKey("conversations.Agent", models.SET_NULL, null=True, related_name="+")
    cause = models.CharField(_("cause"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ErasureState, default=ErasureState.WAITING)
    due_at = models.DateTimeField(_("begins"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    counts = models.JSONField(default=dict)
    files = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[Erasure]] = models.Manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        constraints = [
            models.UniqueConstraint(
                fields=["customer_number"],
                condition=Q(state="waiting"),
                name="erasure_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index("due_at", condition=Q(state="waiting"), name="erasure_due"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_number} {self.state}"


class Tombstone(models.Model):
    """The keyed hash of what was erased, so that the same mail, coming again, is known."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[Tombstone]] = models.Manager()

    class Meta:
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")

    def __str__(self) -> str:
        return self.digest
