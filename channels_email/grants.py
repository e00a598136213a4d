"""What an admin's consent at Google or Microsoft gave us: the tokens of one account."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField


class AuthMethod(models.TextChoices):
    PASSWORD = "password", _("Password")
    GOOGLE = "google", _("Google")
    MICROSOFT = "microsoft", _("Microsoft 365")


class OAuthGrant(models.Model):
    """Tokens of one account, a row of their own: no form that saves the account writes over them.

    `access_token` is used until shortly before `expires_at`. After a refusal nothing is asked
    again for a while (`refused_at`), so that the provider does not lock the application out.
    """

    account = models.OneToOneField(
        "channels_email.EmailAccount", models.CASCADE, related_name="grant"
    )
    refresh_token = EncryptedTextField(null=True, blank=True)
    access_token = EncryptedTextField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_words = models.TextField(blank=True)

    EARLY: ClassVar[timedelta] = timedelta(minutes=2)
    PAUSE: ClassVar[timedelta] = timedelta(minutes=15)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.account_id}"

    @property
    def is_fresh(self) -> bool:
        """Whether the access token will live through a login."""
        is_timely = self.expires_at is not None and self.expires_at > timezone.now() + self.EARLY
        return bool(self.access_token) and is_timely

    @property
    def is_resting(self) -> bool:
        return self.refused_at is not None and self.refused_at > timezone.now() - self.PAUSE
