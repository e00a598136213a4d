from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class LookState(models.TextChoices):
    WAITING = "waiting", _("Waiting to be looked at")
    WORKING = "working", _("Being looked at")
    READY = "ready", _("Ready")
    FAILED = "failed", _("No preview")
    NOT_NEEDED = "not_needed", _("Needs none")


class LookKind(models.TextChoices):
    PICTURE = "picture", _("Picture")
    FILM = "film", _("Film")
    OTHER = "other", _("Other")


class Scan(models.TextChoices):
    CLEAN = "clean", _("No malware found")
    INFECTED = "infected", _("Malware")
    NOT_SCANNED = "not_scanned", _("Not scanned")


class Look(models.Model):
    """What was found by looking at a file, once for its bytes, and what is shown of it.

    `width` and `height` are pixels of what is shown, upright; `rotation` degrees clockwise that it
    had to be turned by. `poster` is small and still, `preview` the picture itself or a film that
    browsers play; neither says where it was taken. `is_long` where what is left takes minutes.
    `code` says why there is nothing to show.
    """

    blob = models.OneToOneField("conversations.Blob", models.CASCADE, related_name="look")
    state = models.CharField(max_length=12, choices=LookState, default=LookState.WAITING)
    kind = models.CharField(max_length=8, choices=LookKind, default=LookKind.OTHER)
    type = models.CharField(max_length=120, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    rotation = models.PositiveSmallIntegerField(default=0)
    codecs = models.CharField(max_length=60, blank=True)
    poster = models.ForeignKey(
        "conversations.Blob", models.PROTECT, null=True, blank=True, related_name="posters"
    )
    preview = models.ForeignKey(
        "conversations.Blob", models.PROTECT, null=True, blank=True, related_name="previews"
    )
    scan = models.CharField(max_length=12, choices=Scan, default=Scan.NOT_SCANNED)
    is_long = models.BooleanField(default=False)
    code = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    objects: ClassVar[models.Manager[Look]] = models.Manager()

    class Meta:
        verbose_name = _("look at a file")
        verbose_name_plural = _("looks at files")
        indexes = [
            models.Index(
                "is_long", "id", condition=Q(state__in=["waiting", "working"]), name="look_to_do"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blob_id} {self.state}"

    @property
    def is_infected(self) -> bool:
        return self.scan == Scan.INFECTED

    @property
    def is_under_way(self) -> bool:
        return self.state in {LookState.WAITING, LookState.WORKING}
