from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ContinueLink(models.Model):
    """A link that a customer was sent, to go on elsewhere at this very case. Good once.

    `digest` is the SHA-256 (hex) of its 256 random bits, which nobody keeps. It proves that
    whoever opens it reads what goes to `identity`, whom it went to by `channel`. `into` is the
    channel that they go on in; their own page without one.
    """

    digest = models.CharField(max_length=64, unique=True)
    identity = models.ForeignKey("conversations.Identity", models.CASCADE, related_name="+")
    case = models.ForeignKey("conversations.Case", models.CASCADE, related_name="continue_links")
    channel = models.ForeignKey("conversations.Channel", models.CASCADE, related_name="+")
    into = models.ForeignKey(
        "conversations.Channel", models.CASCADE, null=True, blank=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        "conversations.Agent", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[ContinueLink]] = models.Manager()

    class Meta:
        verbose_name = _("link to go on by")
        verbose_name_plural = _("links to go on by")
        indexes = [models.Index("expires_at", name="continuelink_by_age")]

    def __str__(self) -> str:
        return f"{self.pk}"
