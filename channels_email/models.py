from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField

from channels_email.addresses import normal_address
from channels_email.grants import AuthMethod, OAuthGrant
from channels_email.provider_models import MailProvider
from conversations.models import ClockTimestamp

__all__ = [
    "AuthMethod",
    "EmailAccount",
    "History",
    "MailProvider",
    "Mailbox",
    "OAuthGrant",
    "Security",
]

PORT = [MinValueValidator(1), MaxValueValidator(65535)]
HOST = [RegexValidator(r"^[^\s/@:]+\Z|^[0-9a-fA-F:]+\Z", _("This is not a host name."))]


class Security(models.TextChoices):
    TLS = "tls", _("TLS from the start")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("None (only inside your own network)")


class History(models.TextChoices):
    FROM_NOW_ON = "now", _("From now on")
    WITH_HISTORY = "history", _("With history: older mails become resolved cases")


class EmailAccount(models.Model):
    """The settings of one e-mail channel. Secrets are encrypted and never shown again."""

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="email_account"
    )
    address = models.EmailField(_("address"), max_length=254, unique=True)
    display_name = models.CharField(_("display name"), max_length=120, blank=True)
    more_addresses = ArrayField(
        models.EmailField(max_length=254),
        verbose_name=_("more sender addresses"),
        default=list,
        blank=True,
        help_text=_("Addresses that lead to the same mailbox, separated by commas."),
    )
    signature = models.TextField(_("signature"), blank=True)

    auth_method = models.CharField(
        _("login"), max_length=12, choices=AuthMethod, default=AuthMethod.PASSWORD
    )
    oauth_client_id = models.CharField(_("client id"), max_length=300, blank=True)
    oauth_client_secret = EncryptedCharField(
        _("client secret"), max_length=500, null=True, blank=True
    )
    oauth_tenant = models.CharField(
        _("tenant"),
        max_length=100,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9.-]+\Z", _("This is not a tenant."))],
        help_text=_("Microsoft only: the directory's id or domain; empty for any organisation."),
    )

    imap_host = models.CharField(_("IMAP host"), max_length=253, blank=True, validators=HOST)
    imap_port = models.PositiveIntegerField(_("IMAP port"), default=993, validators=PORT)
    imap_security = models.CharField(
        _("IMAP security"), max_length=8, choices=Security, default=Security.TLS
    )
    imap_user = models.CharField(_("IMAP user"), max_length=254, blank=True)
    imap_password = EncryptedCharField(_("IMAP password"), max_length=500, null=True, blank=True)
    imap_folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    history = models.CharField(
        _("at first contact"), max_length=8, choices=History, default=History.FROM_NOW_ON
    )

    reads_sent = models.BooleanField(
        _("read the Sent folder"),
        default=True,
        help_text=_(
            "Answers from a mail program then show in their case and end the customer's wait. "
            "Only answers to known messages and mail to customers are taken."
        ),
    )
    sent_folder = models.CharField(
        _("Sent folder"),
        max_length=200,
        blank=True,
        help_text=_("Empty: the one that the server names."),
    )

    smtp_host = models.CharField(_("SMTP host"), max_length=253, blank=True, validators=HOST)
    smtp_port = models.PositiveIntegerField(_("SMTP port"), default=587, validators=PORT)
    smtp_security = models.CharField(
        _("SMTP security"), max_length=8, choices=Security, default=Security.STARTTLS
    )
    smtp_user = models.CharField(_("SMTP user"), max_length=254, blank=True)
    smtp_password = EncryptedCharField(_("SMTP password"), max_length=500, null=True, blank=True)

    authserv_id = models.CharField(
        _("authentication server"),
        max_length=253,
        blank=True,
        help_text=_(
            "The name that your receiving server writes into Authentication-Results: "
            "mx.google.com for Gmail, outlook.com for Microsoft 365. "
            "Without it only what senders sign themselves is checked."
        ),
    )
    arc_sealers = ArrayField(
        models.CharField(max_length=253),
        verbose_name=_("trusted forwarders"),
        default=list,
        blank=True,
        help_text=_(
            "Domains of mailing lists and forwarders whose ARC seals are believed, separated by "
            "commas. They may say that a sender was proven before they changed the mail."
        ),
    )
    form_senders = ArrayField(
        models.EmailField(max_length=254),
        verbose_name=_("contact forms"),
        default=list,
        blank=True,
        help_text=_(
            "Addresses that contact forms send from, separated by commas. Their Reply-To is who "
            "wrote, unconfirmed, and where answers go."
        ),
    )
    plus_addressing = models.BooleanField(
        _("plus addressing"),
        default=True,
        help_text=_("Mail to support+anything@ arrives here, so answers can carry their case."),
    )
    has_first_answer = models.BooleanField(
        _("automatic first answer"),
        default=False,
        help_text=_(
            "Tells who opens a case that their mail has arrived: people only, at most once a day "
            "for each address. {name} and {number} stand for the customer and the case."
        ),
    )
    first_answer_en = models.TextField(_("first answer in English"), max_length=4000, blank=True)
    first_answer_es = models.TextField(_("first answer in Spanish"), max_length=4000, blank=True)
    is_simulated = models.BooleanField(_("simulated"), default=False, editable=False)

    class Meta:
        verbose_name = _("e-mail account")
        verbose_name_plural = _("e-mail accounts")

    def __str__(self) -> str:
        return self.address

    def save(self, **kwargs: object) -> None:
        """Addresses are kept as they are compared: lower-case, the domain in ASCII."""
        self.address = normal_address(self.address) or self.address
        self.more_addresses = [normal_address(a) or a for a in self.more_addresses]
        self.form_senders = [normal_address(a) or a for a in self.form_senders]
        self.arc_sealers = [name.strip().lower().rstrip(".") for name in self.arc_sealers]
        super().save(**kwargs)  # type: ignore[arg-type]

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses of this mailbox, the main one first."""
        return tuple(dict.fromkeys((self.address, *self.more_addresses)))

    def first_answer(self, language: str) -> str:
        """The text in that language, else in the other; empty while it is switched off."""
        if not self.has_first_answer:
            return ""
        texts = {"en": self.first_answer_en.strip(), "es": self.first_answer_es.strip()}
        return texts.get(language[:2].lower(), "") or texts["en"] or texts["es"]

    @property
    def can_send(self) -> bool:
        provider = getattr(self.channel, "mail_provider", None)
        by_provider = provider is not None and provider.sends and provider.is_complete
        return bool(self.smtp_host or self.is_simulated or by_provider)

    @property
    def is_listening(self) -> bool:
        """Whether there is a mailbox to read."""
        return bool(self.imap_host and not self.is_simulated)


class MailboxManager(models.Manager["Mailbox"]):
    def lease(self, *, account_id: int, folder: str, owner: uuid.UUID) -> Mailbox | None:
        """Take a mailbox that nobody reads, or keep one's own; None while another has it."""
        free = Q(lease_owner=owner) | Q(leased_until=None) | Q(leased_until__lt=ClockTimestamp())
        mine = self.filter(free, account=account_id, folder=folder).update(
            lease_owner=owner, leased_until=ClockTimestamp() + Mailbox.LEASE
        )
        return self.get(account=account_id, folder=folder) if mine else None


class Mailbox(models.Model):
    """How far one folder has been read. UIDs count within one UIDVALIDITY (RFC 3501 2.3.1.1).

    `start_uid` is the UIDNEXT at first contact: what lies below it is history. `last_uid` is the
    cursor of live mail, `history_uid` that of history; both only climb within one epoch.
    `pending_uids` are mails of a Sent folder that are not ours so far and may turn out to be.
    `known_until` ends what a new epoch has to compare by content. `lease_owner` may read until
    `leased_until` (database time). A `uidvalidity` of 0 means never seen.
    """

    account = models.ForeignKey(EmailAccount, models.CASCADE, related_name="mailboxes")
    folder = models.CharField(max_length=200)
    uidvalidity = models.PositiveBigIntegerField(default=0)
    start_uid = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    last_uid = models.PositiveBigIntegerField(default=0)
    history_uid = models.PositiveBigIntegerField(default=0)
    is_history_done = models.BooleanField(default=False)
    known_until = models.PositiveBigIntegerField(default=0)
    refused_uids = ArrayField(models.PositiveBigIntegerField(), default=list, blank=True)
    pending_uids = ArrayField(models.PositiveBigIntegerField(), default=list, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    # a mailbox whose reader was killed is read again within a minute
    LEASE: ClassVar[timedelta] = timedelta(seconds=45)

    objects: ClassVar[MailboxManager] = MailboxManager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.UniqueConstraint(fields=["account", "folder"], name="mailbox_once_a_folder"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}:{self.folder}"
