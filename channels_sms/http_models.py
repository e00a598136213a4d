"""A provider that nobody wrote a module for: what it wants posted, and what it posts."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField


class HttpGateway(models.Model):
    """One gateway a channel. `…_field` are its names of things; a dot leads into its JSON, and a
    number picks out of a list (`messages.0.id`)."""

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="http_gateway"
    )
    send_url = models.CharField(
        _("address to post to"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
    )
    is_json = models.BooleanField(_("as JSON"), default=True)
    login_header = models.CharField(_("login header"), max_length=60, default="Authorization")
    login_value = EncryptedCharField(
        _("its value"), max_length=500, null=True, blank=True, help_text=_("For example Bearer …")
    )
    to_field = models.CharField(_("field of the recipient"), max_length=60, default="to")
    from_field = models.CharField(_("field of the sender"), max_length=60, default="from")
    text_field = models.CharField(_("field of the text"), max_length=60, default="text")
    key_field = models.CharField(
        _("field of our own id"),
        max_length=60,
        blank=True,
        help_text=_("Where it takes one and hands it back."),
    )
    id_field = models.CharField(_("field of its id in the answer"), max_length=60, default="id")

    webhook_secret = EncryptedCharField(
        _("webhook secret"),
        max_length=200,
        null=True,
        blank=True,
        help_text=_("It has to be in the header below of each post; without it all are refused."),
    )
    secret_header = models.CharField(_("its header"), max_length=60, default="X-Webhook-Secret")
    in_id_field = models.CharField(_("field of a message's id"), max_length=60, default="id")
    in_from_field = models.CharField(_("field of who wrote"), max_length=60, default="from")
    in_text_field = models.CharField(_("field of what they wrote"), max_length=60, default="text")
    status_field = models.CharField(_("field of the state"), max_length=60, default="status")
    status_key_field = models.CharField(
        _("field of our own id in a state"), max_length=60, blank=True
    )
    delivered_words = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("its words for delivered"),
        default=list,
        blank=True,
    )
    failed_words = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("its words for not delivered"),
        default=list,
        blank=True,
    )

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")

    def __str__(self) -> str:
        return self.send_url
