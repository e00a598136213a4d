"""What the mail simulator has taken."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Mail(models.Model):
    """One mail that left for the simulator: the bytes and the transport's envelope."""

    envelope_from = models.CharField(max_length=320)
    envelope_to = ArrayField(models.CharField(max_length=320))
    message_id = models.CharField(max_length=998, blank=True)
    subject = models.CharField(max_length=998, blank=True)
    raw = models.BinaryField()
    at = models.DateTimeField(db_default=models.functions.Now())

    objects: ClassVar[models.Manager[Mail]] = models.Manager()

    class Meta:
        verbose_name = _("simulated mail")
        verbose_name_plural = _("simulated mails")
        ordering = ["-at", "-id"]
        indexes = [models.Index("at", "id", name="demo_mail_in_order")]

    def __str__(self) -> str:
        return self.subject or self.message_id
