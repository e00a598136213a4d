"""The settings of a video channel, its links, and what comes in by them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

GB = 1024**3


class VideoSettings(models.Model):
    """The settings of one video channel. An empty text stands for the built-in one."""

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="video_settings"
    )
    largest_size = models.PositiveBigIntegerField(
        _("largest file, in bytes"),
        default=GB,
        validators=[MinValueValidator(1024**2), MaxValueValidator(16 * GB)],
    )
    most_size = models.PositiveBigIntegerField(
        _("all files together, in bytes"),
        default=100 * GB,
        validators=[MinValueValidator(1024**2)],
    )
    longest_seconds = models.PositiveIntegerField(
        _("longest film, in seconds"), default=300, validators=[MinValueValidator(5)]
    )
    kept_days = models.PositiveIntegerField(
        _("films are kept for, in days"), default=90, validators=[MinValueValidator(1)]
    )
    link_days = models.PositiveIntegerField(
        _("links are good for, in days"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    heading_en = models.CharField(_("heading in English"), max_length=120, blank=True)
    heading_es = models.CharField(_("heading in Spanish"), max_length=120, blank=True)
    words_en = models.CharField(_("words below it, in English"), max_length=300, blank=True)
    words_es = models.CharField(_("words below it, in Spanish"), max_length=300, blank=True)
    tip1_title_en = models.CharField(_("first tip in English"), max_length=80, blank=True)
    tip1_title_es = models.CharField(_("first tip in Spanish"), max_length=80, blank=True)
    tip1_words_en = models.CharField(_("its words in English"), max_length=200, blank=True)
    tip1_words_es = models.CharField(_("its words in Spanish"), max_length=200, blank=True)
    tip2_title_en = models.CharField(_("second tip in English"), max_length=80, blank=True)
    tip2_title_es = models.CharField(_("second tip in Spanish"), max_length=80, blank=True)
    tip2_words_en = models.CharField(_("its words in English"), max_length=200, blank=True)
    tip2_words_es = models.CharField(_("its words in Spanish"), max_length=200, blank=True)
    tip3_title_en = models.CharField(_("third tip in English"), max_length=80, blank=True)
    tip3_title_es = models.CharField(_("third tip in Spanish"), max_length=80, blank=True)
    tip3_words_en = models.CharField(_("its words in English"), max_length=200, blank=True)
    tip3_words_es = models.CharField(_("its words in Spanish"), max_length=200, blank=True)

    objects: ClassVar[models.Manager[VideoSettings]] = models.Manager()

    class Meta:
        verbose_name = _("video channel")
        verbose_name_plural = _("video channels")

    def __str__(self) -> str:
        return str(self.channel)


class UploadLink(models.Model):
    """A link by which one customer may send films to one case.

    `digest` is the SHA-256 (hex) of what its address ends with, which is kept nowhere. `identity`
    is whom it went to, and so who speaks by it.
    """

    digest = models.CharField(max_length=64, unique=True)
    channel = models.ForeignKey(
        "conversations.Channel", models.CASCADE, related_name="upload_links"
    )
    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="upload_links")
    identity = models.ForeignKey(
        "conversations.Identity", models.CASCADE, related_name="upload_links"
    )
    asked_by = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    language = models.CharField(_("language"), max_length=16, blank=True)
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    expires_at = models.DateTimeField(_("ends"))
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    new_asked_at = models.DateTimeField(_("a new one asked for"), null=True, blank=True)

    objects: ClassVar[models.Manager[UploadLink]] = models.Manager()

    class Meta:
        verbose_name = _("upload link")
        verbose_name_plural = _("upload links")

    def __str__(self) -> str:
        return f"{self.pk}"


class Upload(models.Model):
    """A file on its way in, or come in. Sizes in bytes.

    `offset` is how much of it is safe: written, synced, and what a client goes on from. Who writes
    holds the lease: `lease` until `leased_until`, by database time. An end is one of `finished_at`
    (all is there; `blob` holds the bytes until they hang on a message), `ended_at` (called off, or
    run out) and `failure`, a code.
    """

    link = models.ForeignKey(UploadLink, models.CASCADE, related_name="uploads")
    number = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    type = models.CharField(_("type"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    length = models.PositiveBigIntegerField(_("size"))
    offset = models.PositiveBigIntegerField(_("received"), default=0)
    resumed = models.PositiveIntegerField(_("resumed"), default=0)
    lease = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("begun"), db_default=Now())
    touched_at = models.DateTimeField(_("last heard of"), db_default=Now())
    expires_at = models.DateTimeField(_("runs out"))
    finished_at = models.DateTimeField(_("received in full"), null=True, blank=True)
    ended_at = models.DateTimeField(_("called off"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    blob = models.ForeignKey(
        "conversations.Blob", models.PROTECT, null=True, blank=True, related_name="+"
    )
    receipt = models.ForeignKey(
        "conversations.Receipt", models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects: ClassVar[models.Manager[Upload]] = models.Manager()

    now: datetime
    """Database time, on a row that was locked."""

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        constraints = [
            models.CheckConstraint(
                condition=Q(offset__lte=models.F("length")), name="upload_within_its_length"
            ),
        ]
        indexes = [
            models.Index(
                "expires_at",
                condition=Q(finished_at=None, ended_at=None),
                name="video_upload_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return self.name
