"""The settings of a channel's mail provider. Secrets are encrypted and never shown again."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField

from channels_email.providers import PROVIDERS, ProviderConfig, ProviderName


class MailProvider(models.Model):
    """One provider a channel. What a column means is the provider's (`providers.PROVIDERS`)."""

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="mail_provider"
    )
    name = models.CharField(_("provider"), max_length=16, choices=ProviderName)
    sends = models.BooleanField(
        _("sends"),
        default=True,
        help_text=_("Mail leaves through this provider instead of the SMTP server."),
    )
    api_id = models.CharField(_("id"), max_length=200, blank=True)
    api_key = EncryptedCharField(_("key"), max_length=500, null=True, blank=True)
    place = models.CharField(_("place"), max_length=253, blank=True)
    stream = models.CharField(_("stream"), max_length=200, blank=True)
    api_url = models.CharField(
        _("API address"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
    )

    class Meta:
        verbose_name = _("mail provider")
        verbose_name_plural = _("mail providers")

    def __str__(self) -> str:
        return self.get_name_display()

    @property
    def is_complete(self) -> bool:
        """Whether it knows enough to send."""
        return all(getattr(self, column) for column in PROVIDERS[self.name].needs)

    def forget(self) -> None:
        """All that one provider was told: the next one must not see it."""
        self.api_id = self.place = self.stream = self.api_url = ""
        self.api_key = None

    def to_config(self) -> ProviderConfig:
        asks = PROVIDERS[self.name].asks
        given = {setting: getattr(self, column) for column, (setting, _) in asks.items()}
        return ProviderConfig(
            name=self.name,
            sends=self.sends,
            settings={setting: value for setting, value in given.items() if value},
        )
