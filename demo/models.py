"""What the simulators have taken."""

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


class Mood(models.TextChoices):
    """What the simulated provider does with a text to a phone."""

    ACCEPT = "accept", _("Takes it and delivers it")
    HANG = "hang", _("Takes it and never answers")
    BUSY = "busy", _("Asks to go slower (429)")
    BROKEN = "broken", _("Breaks down (500)")
    NONSENSE = "nonsense", _("Answers with broken JSON")
    LANDLINE = "landline", _("Takes it, and finds a landline (30006)")
    OFF = "off", _("Takes it, and the phone is off (30003)")


class Phone(models.Model):
    """A phone of the simulator."""

    number = models.CharField(max_length=16, unique=True)
    mood = models.CharField(max_length=8, choices=Mood, default=Mood.ACCEPT)
    is_stopped = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name = _("simulated phone")
        verbose_name_plural = _("simulated phones")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


STATES = {
    "queued": _("queued"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "undelivered": _("not delivered"),
}


class PhoneText(models.Model):
    """A text in the provider's hands. `callback` is where its states go, the next one at `due_at`;
    `code` the error that it ends with, decided when it was taken.

    `media` is the content of the picture that came with one from the phone; what went to it with
    one of ours are its `pictures`.
    """

    sid = models.CharField(max_length=34, unique=True)
    phone = models.ForeignKey(Phone, models.CASCADE, related_name="texts")
    ours = models.CharField(max_length=40)
    body = models.TextField(blank=True)
    is_inbound = models.BooleanField(default=False)
    status = models.CharField(max_length=16, default="queued")
    code = models.PositiveIntegerField(default=0)
    callback = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    media = models.BinaryField(blank=True, default=bytes)
    media_type = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(db_default=models.functions.Now())

    objects: ClassVar[models.Manager[PhoneText]] = models.Manager()

    class Meta:
        verbose_name = _("simulated text")
        verbose_name_plural = _("simulated texts")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.sid

    @property
    def said(self) -> str:
        """Its state, in the reader's language."""
        return str(STATES.get(self.status, self.status))


class PhonePicture(models.Model):
    """What the provider fetched of us and passed on, `type` as we served it."""

    text = models.ForeignKey(PhoneText, models.CASCADE, related_name="pictures")
    content = models.BinaryField()
    type = models.CharField(max_length=80)

    objects: ClassVar[models.Manager[PhonePicture]] = models.Manager()

    class Meta:
        verbose_name = _("simulated picture")
        verbose_name_plural = _("simulated pictures")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.type
