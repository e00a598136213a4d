from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Session(models.Model):
    """A customer's browser that may read their thread. Never an agent's session.

    It stands on an address that was proven, and on nobody: whose that address is today, that
    customer's thread it shows. `token_hash` is the SHA-256 (hex) of what the browser shows.
    `case` is where it was opened at by a link. `said` messages were written since `said_since`.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    identity = models.ForeignKey(
        "conversations.Identity", models.CASCADE, related_name="portal_sessions"
    )
    case = models.ForeignKey(
        "conversations.Case", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("since"), db_default=Now())
    shown_at = models.DateTimeField(_("last seen"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    said_since = models.DateTimeField(null=True, blank=True)
    said = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager[Session]] = models.Manager()

    class Meta:
        verbose_name = _("customer's session")
        verbose_name_plural = _("customers' sessions")
        indexes = [models.Index("shown_at", name="portal_session_by_age")]

    def __str__(self) -> str:
        return str(self.identity)


class Knock(models.Model):
    """Somebody typed an address at the door. A row for every one, known or not: nobody can tell.

    `about` is a keyed hash of the address, `net` of where they came from and `wide` of what lies
    around that, for the limits alone. `identity` is null where nobody has that address; whether it
    opens anything is asked by who sends. The code is made when it is sent, and only its hash is
    kept.
    """

    number = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    about = models.CharField(max_length=64)
    net = models.CharField(max_length=64)
    wide = models.CharField(max_length=64, default="")
    is_text = models.BooleanField(default=False)
    identity = models.ForeignKey(
        "conversations.Identity", models.CASCADE, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=16, blank=True)
    code_hash = models.CharField(max_length=128, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Knock]] = models.Manager()

    class Meta:
        verbose_name = _("code asked for")
        verbose_name_plural = _("codes asked for")
        indexes = [
            models.Index("about", "created_at", name="portal_knock_by_address"),
            models.Index("net", "created_at", name="portal_knock_by_net"),
            models.Index("wide", "created_at", name="portal_knock_by_wide_net"),
            models.Index(
                "created_at",
                condition=models.Q(sent_at=None, identity__isnull=False),
                name="portal_knock_unsent",
            ),
            models.Index("created_at", name="portal_knock_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
