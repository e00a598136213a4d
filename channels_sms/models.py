"""The settings of a text channel, who wants no texts, and what was spent."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField

from channels_sms.http_models import HttpGateway
from channels_sms.numbers import E164

__all__ = ["Consent", "ConsentStep", "HttpGateway", "Media", "MediaState", "SmsAccount", "Spent"]

COUNTRY = [RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters, for example US."))]


class ProviderName(models.TextChoices):
    TWILIO = "twilio", "Twilio"
    HTTP = "http", _("Another provider, by HTTP")


class SmsAccount(models.Model):
    """The settings of one text channel. Secrets are encrypted and never shown again.

    `sender` is a number in E.164, a name of up to eleven letters, or a messaging service (MG…);
    a STOP belongs to it and to the number that sent it. `refused_at` is when somebody last posted
    to the webhooks who could not prove to be the provider.
    """

    channel = models.OneToOneField(
        "conversations.Channel", models.CASCADE, related_name="sms_account"
    )
    provider = models.CharField(
        _("provider"), max_length=12, choices=ProviderName, default=ProviderName.TWILIO
    )
    sender = models.CharField(
        _("sender"),
        max_length=40,
        unique=True,
        help_text=_("A number (+15005550006), a name (Kalma) or a messaging service (MG…)."),
    )
    more_numbers = ArrayField(
        models.CharField(max_length=16),
        verbose_name=_("numbers of the messaging service"),
        default=list,
        blank=True,
        help_text=_("Separated by commas. What comes in from them is our own."),
    )
    account_id = models.CharField(_("account SID"), max_length=64, blank=True)
    auth_token = EncryptedCharField(
        _("auth token"),
        max_length=200,
        null=True,
        blank=True,
        help_text=_("Proves that a webhook is Twilio's, and logs us in where no API key is given."),
    )
    key_id = models.CharField(_("API key SID"), max_length=64, blank=True)
    key_secret = EncryptedCharField(_("API key secret"), max_length=200, null=True, blank=True)
    api_url = models.CharField(
        _("API address"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Empty: https://api.twilio.com"),
    )

    home_country = models.CharField(
        _("home country"),
        max_length=2,
        default="US",
        validators=COUNTRY,
        help_text=_("Where numbers without a country code are dialled."),
    )
    countries = ArrayField(
        models.CharField(max_length=2, validators=COUNTRY),
        verbose_name=_("allowed countries"),
        default=list,
        blank=True,
        help_text=_("Where texts may go, separated by commas. Empty: the home country alone."),
    )
    most_per_number = models.PositiveIntegerField(_("most parts a day to one number"), default=30)
    most_per_day = models.PositiveIntegerField(_("most parts a day in all"), default=1000)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(
        _("quiet until"),
        null=True,
        blank=True,
        help_text=_("By the customer's own clock. Texts wait until the quiet hours are over."),
    )
    provider_answers = models.BooleanField(_("the provider answers HELP by itself"), default=False)
    help_en = models.TextField(_("answer to HELP in English"), max_length=480, blank=True)
    help_es = models.TextField(_("answer to AYUDA in Spanish"), max_length=480, blank=True)

    test_number = models.CharField(
        _("your own phone"),
        max_length=16,
        blank=True,
        help_text=_("The connection test sends a text there and waits for its receipt."),
    )
    is_simulated = models.BooleanField(_("simulated"), default=False, editable=False)
    last_event_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_event = models.CharField(max_length=16, blank=True, editable=False)
    refused_at = models.DateTimeField(null=True, blank=True, editable=False)
    reconciled_at = models.DateTimeField(null=True, blank=True, editable=False)
    pulled_to = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("text channel's settings")
        verbose_name_plural = _("text channels' settings")

    def __str__(self) -> str:
        return self.sender

    @property
    def is_service(self) -> bool:
        """Whether the sender is a messaging service, which chooses one of its numbers."""
        return self.sender.startswith("MG")

    @property
    def numbers(self) -> tuple[str, ...]:
        """What customers can write to."""
        given = (self.sender, *self.more_numbers)
        return tuple(dict.fromkeys(one for one in given if E164.fullmatch(one)))

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset(self.countries or [self.home_country])

    @property
    def can_send(self) -> bool:
        if self.provider == ProviderName.HTTP:
            gateway = getattr(self.channel, "http_gateway", None)
            return bool(gateway and gateway.send_url)
        has_login = self.auth_token or (self.key_id and self.key_secret)
        return bool(self.account_id and has_login)

    def help_text(self, language: str) -> str:
        """The answer to HELP in that language, else in the other."""
        texts = {"en": self.help_en.strip(), "es": self.help_es.strip()}
        return texts.get(language[:2].lower(), "") or texts["en"] or texts["es"]

    def note_event(self, side: str) -> None:
        SmsAccount.objects.filter(pk=self.pk).update(last_event_at=timezone.now(), last_event=side)

    def note_refused(self) -> None:
        """Somebody posted who is not the provider, or the secret is wrong."""
        SmsAccount.objects.filter(pk=self.pk).update(refused_at=timezone.now())


class Consent(models.Model):
    """Whether a number wants texts from a sender; no row means that nobody said anything.

    Belongs to the two and to no customer: a merge neither moves nor ends it.
    """

    sender = models.CharField(max_length=40)
    number = models.CharField(_("number"), max_length=16)
    is_stopped = models.BooleanField(_("stopped"))
    changed_at = models.DateTimeField(_("since"))
    words = models.CharField(_("words"), max_length=200, blank=True)

    objects: ClassVar[models.Manager[Consent]] = models.Manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["sender", "number"], name="consent_of_two"),
        ]

    def __str__(self) -> str:
        return self.number


class ConsentStep(models.Model):
    """What changed a consent, once an event: the proof of it. `event` is the provider's id."""

    consent = models.ForeignKey(Consent, models.CASCADE, related_name="steps")
    event = models.CharField(max_length=300)
    is_stop = models.BooleanField()
    words = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consent", "event"], name="consent_once_an_event"),
        ]

    def __str__(self) -> str:
        return self.event


class Spent(models.Model):
    """Parts sent to a number on a day (UTC): what the caps are held against."""

    account = models.ForeignKey(SmsAccount, models.CASCADE, related_name="spent")
    day = models.DateField()
    number = models.CharField(max_length=16)
    parts = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[Spent]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "number"], name="spent_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.number}"


class MediaState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    LOST = "lost", _("Lost")


class Media(models.Model):
    """The parts of a picture message that are still at the provider. `urls` in their order."""

    receipt = models.OneToOneField(
        "conversations.Receipt", models.CASCADE, related_name="sms_media"
    )
    urls = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=MediaState, default=MediaState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=models.functions.Now())

    objects: ClassVar[models.Manager[Media]] = models.Manager()

    class Meta:
        indexes = [
            models.Index("due_at", condition=models.Q(state="waiting"), name="sms_media_due"),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.state}"
