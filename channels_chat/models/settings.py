from __future__ import annotations

import secrets
from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedTextField

from channels_chat import colours


def new_key() -> str:
    """The public name of a chat in a shop's page: short, and opens nothing."""
    return secrets.token_hex(8)


class Position(models.TextChoices):
    RIGHT = "right", _("Right")
    LEFT = "left", _("Left")


class ChatSettings(models.Model):
    """The settings of one chat channel."""

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="chat_settings"
    )
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    sites = ArrayField(
        models.CharField(max_length=300),
        verbose_name=_("allowed sites"),
        default=list,
        blank=True,
        help_text=_(
            "Where the chat may be shown, separated by commas: https://shop.example. "
            "Everywhere else it stays empty."
        ),
    )
    name = models.CharField(
        _("name"), max_length=60, blank=True, help_text=_("What visitors read above the chat.")
    )
    brand = models.CharField(
        _("colour"),
        max_length=7,
        default=colours.USUAL,
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("A colour is like #b4501c."))],
        help_text=_("A shade that cannot be read on is made darker or lighter."),
    )
    position = models.CharField(
        _("side of the page"), max_length=5, choices=Position, default=Position.RIGHT
    )
    greeting_en = models.CharField(_("greeting in English"), max_length=200, blank=True)
    greeting_es = models.CharField(_("greeting in Spanish"), max_length=200, blank=True)
    away_en = models.CharField(_("words while away, in English"), max_length=300, blank=True)
    away_es = models.CharField(_("words while away, in Spanish"), max_length=300, blank=True)
    has_hours = models.BooleanField(
        _("keeps the team's hours"),
        default=True,
        help_text=_("Outside of them visitors read when somebody is there again."),
    )
    takes_files = models.BooleanField(_("takes files"), default=True)
    asks_rating = models.BooleanField(_("asks whether it helped"), default=True)
    mail_channel = models.ForeignKey(
        "conversations.Channel",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unread messages leave by"),
        help_text=_("An e-mail channel. Empty: the team's, or the only one there is."),
    )
    continuation_delay = models.DurationField(
        _("unread messages leave after"),
        default=timedelta(minutes=2),
        validators=[
            MinValueValidator(timedelta(seconds=5)),
            MaxValueValidator(timedelta(days=1)),
        ],
    )

    objects: ClassVar[models.Manager[ChatSettings]] = models.Manager()

    class Meta:
        verbose_name = _("chat")
        verbose_name_plural = _("chats")

    def __str__(self) -> str:
        return self.name or str(self.channel)

    def greeting(self, language: str) -> str:
        """In a language; the other's while it has none of its own."""
        return self._text("greeting", language)

    def away(self, language: str) -> str:
        return self._text("away", language)

    def _text(self, what: str, language: str) -> str:
        texts = {"en": getattr(self, f"{what}_en"), "es": getattr(self, f"{what}_es")}
        own = texts.get(language[:2], "") or texts.get(self.channel.language[:2], "")
        return str(own or next(filter(None, texts.values()), ""))


class Algorithm(models.TextChoices):
    HS256 = "HS256", _("Shared secret (HS256)")
    EDDSA = "EdDSA", _("Public key (EdDSA)")


class SigningKey(models.Model):
    """What a shop's server signs its visitors' proofs with. Several are good at once, so that one
    can follow another; `retired_at` ends one.

    `secret` is a shared secret of 32 bytes or more, or a public key in PEM.
    """

    settings = models.ForeignKey(ChatSettings, models.CASCADE, related_name="signing_keys")
    kid = models.CharField(_("key id"), max_length=64, unique=True)
    algorithm = models.CharField(
        _("kind"), max_length=5, choices=Algorithm, default=Algorithm.HS256
    )
    secret = EncryptedTextField(_("secret or public key"))
    created_at = models.DateTimeField(_("since"), db_default=models.functions.Now())
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    objects: ClassVar[models.Manager[SigningKey]] = models.Manager()

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.kid


class UsedProof(models.Model):
    """A proof's `jti`, as its SHA-256: none is taken twice before it has run out."""

    settings = models.ForeignKey(ChatSettings, models.CASCADE, related_name="used_proofs")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    objects: ClassVar[models.Manager[UsedProof]] = models.Manager()

    class Meta:
        verbose_name = _("used proof")
        verbose_name_plural = _("used proofs")
        constraints = [
            models.UniqueConstraint(fields=["settings", "digest"], name="proof_used_once"),
        ]
        indexes = [models.Index("expires_at", name="proof_by_end")]

    def __str__(self) -> str:
        return self.digest
