from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceiptState(models.TextChoices):
    STORED = "stored", _("Stored")
    PROCESSED = "processed", _("Processed")
    QUARANTINED = "quarantined", _("Quarantined")


class Receipt(models.Model):
    """A raw inbound event exactly as it arrived, stored before anything else happens to it.

    `external_id` is the event's natural key within its channel: an IMAP (folder, UIDVALIDITY,
    UID), a provider's event id, or the hash of the bytes. `envelope` is what the edge knew.
    """

    channel = models.ForeignKey("conversations.Channel", models.PROTECT, related_name="receipts")
    external_id = models.CharField(max_length=300)
    blob = models.ForeignKey("conversations.Blob", models.PROTECT, related_name="receipts")
    envelope = models.JSONField(default=dict)
    is_history = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=ReceiptState, default=ReceiptState.STORED)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason_code = models.CharField(_("reason"), max_length=64, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    reason_words = models.TextField(blank=True)
    case = models.ForeignKey(
        "conversations.Case", models.SET_NULL, null=True, blank=True, related_name="receipts"
    )
    received_at = models.DateTimeField(_("received"), db_default=models.functions.Now())
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    objects: ClassVar[models.Manager[Receipt]] = models.Manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"], name="receipt_once_per_event"
            ),
        ]
        indexes = [
            models.Index(
                "is_history",
                "received_at",
                "id",
                condition=models.Q(state="stored"),
                name="receipt_due",
            ),
            models.Index(
                "received_at", condition=models.Q(state="quarantined"), name="receipt_quarantine"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id}"


class QuarantineManager(models.Manager["QuarantinedReceipt"]):
    def get_queryset(self) -> models.QuerySet[QuarantinedReceipt]:
        return super().get_queryset().filter(state=ReceiptState.QUARANTINED)


class QuarantinedReceipt(Receipt):
    """The receipts that were set aside, as a list of their own."""

    objects: ClassVar[QuarantineManager] = QuarantineManager()

    class Meta:
        proxy = True
        verbose_name = _("quarantined receipt")
        verbose_name_plural = _("quarantine")
