"""The mail providers that can carry a channel: what each is called, and what it wants to know.

`asks` maps a column of MailProvider to the provider's own name of it; the second dict says what
anymail calls it. Providers without an address of their own (`api_url`) have to be given one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ProviderName(models.TextChoices):
    AMAZON_SES = "amazon_ses", "Amazon SES"
    BREVO = "brevo", "Brevo"
    MAILERSEND = "mailersend", "MailerSend"
    MAILGUN = "mailgun", "Mailgun"
    MAILJET = "mailjet", "Mailjet"
    MAILTRAP = "mailtrap", "Mailtrap"
    MANDRILL = "mandrill", "Mandrill"
    POSTAL = "postal", "Postal"
    POSTMARK = "postmark", "Postmark"
    RESEND = "resend", "Resend"
    SCALEWAY = "scaleway", "Scaleway"
    SENDGRID = "sendgrid", "SendGrid"
    SPARKPOST = "sparkpost", "SparkPost"
    UNISENDER_GO = "unisender_go", "Unisender Go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`asks`: our column → (anymail's setting, label). `extra_headers`: sent with every mail.

    `needs`: columns without which nothing can be sent.
    """

    asks: Mapping[str, tuple[str, _StrPromise | str]]
    needs: tuple[str, ...] = ("api_key",)
    extra_headers: Mapping[str, str] = field(default_factory=dict)


_KEY = ("api_key", _("API key"))
_TOKEN = ("api_token", _("API token"))
_URL = ("api_url", _("API address"))

PROVIDERS: dict[str, Provider] = {
    "amazon_ses": Provider(
        asks={
            "api_id": ("aws_access_key_id", _("access key id")),
            "api_key": ("aws_secret_access_key", _("secret access key")),
            "place": ("region_name", _("region, for example eu-west-1")),
            "stream": ("configuration_set_name", _("configuration set")),
            "api_url": ("endpoint_url", _("API address")),
        },
        needs=("api_id", "api_key", "place"),
    ),
    "brevo": Provider(asks={"api_key": _KEY, "api_url": _URL}),
    "mailersend": Provider(asks={"api_key": _TOKEN, "api_url": _URL}),
    "mailgun": Provider(
        asks={
            "api_key": _KEY,
            "place": ("sender_domain", _("sending domain")),
            "api_url": ("api_url", _("API address; for the EU https://api.eu.mailgun.net/v3")),
        }
    ),
    "mailjet": Provider(
        asks={
            "api_id": ("api_key", _("API key")),
            "api_key": ("secret_key", _("secret key")),
            "api_url": _URL,
        },
        needs=("api_id", "api_key"),
    ),
    "mailtrap": Provider(
        asks={"api_key": _TOKEN, "stream": ("sandbox_id", _("sandbox id")), "api_url": _URL}
    ),
    "mandrill": Provider(asks={"api_key": _KEY, "api_url": _URL}),
    "postal": Provider(asks={"api_key": _KEY, "api_url": _URL}, needs=("api_key", "api_url")),
    "postmark": Provider(
        asks={
            "api_key": ("server_token", _("server token")),
            "stream": ("message_stream", _("message stream")),
            "api_url": _URL,
        },
        extra_headers={"X-PM-KeepID": "true"},  # else Postmark gives the mail an id of its own
    ),
    "resend": Provider(asks={"api_key": _KEY, "api_url": _URL}),
    "scaleway": Provider(
        asks={
            "api_id": ("project_id", _("project id")),
            "api_key": ("secret_key", _("secret key")),
            "place": ("region", _("region, for example fr-par")),
            "api_url": _URL,
        },
        needs=("api_id", "api_key"),
    ),
    "sendgrid": Provider(asks={"api_key": _KEY, "api_url": _URL}),
    "sparkpost": Provider(
        asks={
            "api_key": _KEY,
            "stream": ("subaccount", _("subaccount")),
            "api_url": (
                "api_url",
                _("API address; for the EU https://api.eu.sparkpost.com/api/v1"),
            ),
        }
    ),
    "unisender_go": Provider(
        asks={
            "api_key": _KEY,
            "api_url": ("api_url", _("API address of your data centre")),
        },
        needs=("api_key", "api_url"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """One channel's provider, credentials included; those never show in a repr."""

    name: str
    sends: bool
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        return ProviderName(self.name).label
