"""Tokens by which machines act as an agent, and the answers that are kept for their retries."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

SCHEME = "hub_"
USE_GRAIN = timedelta(minutes=1)  # a busy client must not write a row per request


class Scope(models.TextChoices):
    READ = "read", _("Read")
    WRITE = "write", _("Read and write")
    ADMIN = "admin", _("Read, write and administer")


IMPLIED = {
    Scope.READ: {Scope.READ},
    Scope.WRITE: {Scope.READ, Scope.WRITE},
    Scope.ADMIN: {Scope.READ, Scope.WRITE, Scope.ADMIN},
}
"""What each scope allows."""


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def issue(self, *, agent_id: int, name: str, scopes: list[str]) -> tuple[ApiToken, str]:
        """A new token's row, and its text: 256 random bits that are never seen again."""
        text = SCHEME + secrets.token_urlsafe(32)
        row = self.create(
            agent_id=agent_id, name=name, scopes=scopes, prefix=text[:10], digest=digest(text)
        )
        return row, text

    def find(self, text: str) -> ApiToken | None:
        """The token with this text that nobody revoked, of an agent who still works here."""
        known = self.select_related("agent").filter(
            digest=digest(text), revoked_at=None, agent__is_active=True
        )
        return known.order_by("pk").first()

    def revoke(self) -> int:
        """End these tokens, from this moment. Returns how many were alive."""
        return self.filter(revoked_at=None).update(revoked_at=Now())


class ApiToken(models.Model):
    """Only a hash is kept. It is random enough that a plain one cannot be guessed back."""

    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_tokens",
        verbose_name=_("agent"),
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def allows(self, scope: Scope) -> bool:
        return any(scope in IMPLIED[Scope(own)] for own in self.scopes)

    def note_use(self) -> None:
        """Remember that it was used, to the minute."""
        if self.last_used_at and timezone.now() - self.last_used_at < USE_GRAIN:
            return
        stale = models.Q(last_used_at=None) | models.Q(last_used_at__lt=Now() - USE_GRAIN)
        ApiToken.objects.filter(stale, pk=self.pk).update(last_used_at=Now())


class KeptAnswer(models.Model):
    """What a request was answered, by the key its client gave it: a retry gets the same again.

    `request` is the SHA-256 (hex) of what was asked. `body` is JSON as text, encrypted: it may hold
    a secret that is shown this once.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="answers")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = EncryptedTextField()
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[models.Manager[KeptAnswer]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="keptanswer_once_a_key"),
        ]
        indexes = [models.Index("created_at", name="keptanswer_by_age")]

    def __str__(self) -> str:
        return f"{self.status} {self.key}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
