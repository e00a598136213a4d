"""The settings of a channel's mail provider. Secrets are encrypted and never shown again."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField, EncryptedTextField

from channels_email.hook_table import HOOKS, Secrets
from channels_email.providers import PROVIDERS, ProviderConfig, ProviderName

_KEYS_IN_MANY_LINES = {"postal", "sendgrid"}


def _lines(value: str | None, provider: str) -> tuple[str, ...]:
    """Secrets, one a line; a public key may come in its armour, which is taken off."""
    lines = [line.strip() for line in (value or "").splitlines()]
    found = [line for line in lines if line and not line.startswith(("-----", "gAAAAA"))]
    return ("".join(found),) if provider in _KEYS_IN_MANY_LINES and found else tuple(found)


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

    webhook_logins = EncryptedTextField(
        _("logins in the webhook's address"),
        null=True,
        blank=True,
        help_text=_(
            "name:password, one a line; any of them will do. Enter the address at the provider as "
            "https://name:password@…"
        ),
    )
    signing_key = EncryptedTextField(_("signing key"), null=True, blank=True)
    inbound_key = EncryptedTextField(_("signing key of inbound mail"), null=True, blank=True)
    topic_arn = models.TextField(_("topics"), blank=True)
    last_event_at = models.DateTimeField(_("last event"), null=True, blank=True, editable=False)
    last_event = models.CharField(max_length=16, blank=True, editable=False)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)

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
        self.topic_arn = self.last_event = ""
        self.api_key = self.webhook_logins = self.signing_key = self.inbound_key = None
        self.last_event_at = self.refused_at = None

    def secrets(self) -> Secrets:
        """What proves that a post is the provider's. What cannot be decrypted proves nothing."""
        columns = {hook.key for hook in HOOKS.get(self.name, {}).values() if hook.key}
        found = {column: _lines(getattr(self, column), self.name) for column in columns}
        return Secrets(basic=_lines(self.webhook_logins, ""), keys=found)

    def note_event(self, side: str) -> None:
        MailProvider.objects.filter(pk=self.pk).update(
            last_event_at=timezone.now(), last_event=side
        )

    def note_refused(self) -> None:
        """Somebody posted who is not the provider, or a secret is wrong."""
        MailProvider.objects.filter(pk=self.pk).update(refused_at=timezone.now())

    def to_config(self) -> ProviderConfig:
        asks = PROVIDERS[self.name].asks
        given = {setting: getattr(self, column) for column, (setting, _) in asks.items()}
        return ProviderConfig(
            name=self.name,
            sends=self.sends and self.is_complete,  # till then the SMTP server goes on
            settings={setting: value for setting, value in given.items() if value},
        )
