"""Providers' webhooks: who can tell us what, and what proves that it is they who tell it.

`key` is the column that holds the signing secret of a side; without one, only a basic-auth secret
in the address proves anything. Nothing set means that nothing is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

INBOUND, TRACKING = "inbound", "tracking"
SIDES = (INBOUND, TRACKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One side of a provider: anymail's view, and the setting and column of its signing secret.

    `is_signed`: without the secret nothing is taken, whatever else is set.
    """

    view: str
    setting: str = ""
    key: str = ""
    is_signed: bool = True


def _hooks(name: str, setting: str = "", key: str = "signing_key", **changes: Any) -> Any:
    key = key if setting else ""
    return {
        side: Hook(view=f"{name}{side.title()}WebhookView", setting=setting, key=key, **changes)
        for side in SIDES
    }


def _two_keys(name: str, tracking: str, inbound: str, **changes: Any) -> Any:
    found = _hooks(name, tracking, **changes)
    more = Hook(view=f"{name}InboundWebhookView", setting=inbound, key="inbound_key", **changes)
    return {**found, INBOUND: more}


_MANDRILL = Hook(view="MandrillCombinedWebhookView", setting="webhook_key", key="signing_key")

HOOKS: dict[str, dict[str, Hook]] = {
    "amazon_ses": _hooks("AmazonSES", "topic_arn", "topic_arn"),
    "brevo": _hooks("Brevo"),
    "mailersend": _two_keys("MailerSend", "signing_secret", "inbound_secret"),
    "mailgun": _hooks("Mailgun", "webhook_signing_key"),
    "mailjet": _hooks("Mailjet"),
    "mailtrap": _two_keys("Mailtrap", "tracking_secret", "inbound_secret", is_signed=False),
    "mandrill": {INBOUND: _MANDRILL, TRACKING: _MANDRILL},
    "postal": _hooks("Postal", "webhook_key"),
    "postmark": _hooks("Postmark"),
    "resend": _two_keys("Resend", "signing_secret", "inbound_secret", is_signed=False),
    "sendgrid": _two_keys(
        "SendGrid",
        "tracking_webhook_verification_key",
        "inbound_webhook_verification_key",
        is_signed=False,
    ),
    "sparkpost": _hooks("SparkPost"),
    "unisender_go": {
        TRACKING: Hook(view="UnisenderGoTrackingWebhookView", setting="api_key", key="api_key")
    },
}

LABELS: dict[tuple[str, str], _StrPromise] = {
    ("amazon_ses", "topic_arn"): _("topics (ARN), one a line"),
    ("mailgun", "signing_key"): _("HTTP webhook signing key"),
    ("mandrill", "signing_key"): _("webhook keys, one a line"),
    ("postal", "signing_key"): _("public key of the server"),
    ("sendgrid", "signing_key"): _("verification key of the event webhook"),
    ("sendgrid", "inbound_key"): _("verification key of inbound parse"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What one channel knows of its provider. `basic` are `user:password`, any of which will do.

    `keys` maps a column of MailProvider to the secrets in it.
    """

    basic: tuple[str, ...] = field(default=(), repr=False)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def is_any(self) -> bool:
        return any((self.basic, *self.keys.values()))


def view_of(provider: str, side: str, **settings: Any) -> Any:
    """anymail's view, made for one request; raises KeyError where there is none."""
    hook = HOOKS[provider][side]
    module = import_module(f"anymail.webhooks.{provider}")
    given = {
        "webhook_secret": ["nobody:nothing"],
        **_REQUIRED.get((provider, side), {}),
        **settings,
    }
    return getattr(module, hook.view)(**given)


_REQUIRED: dict[tuple[str, str], dict[str, str]] = {
    # what the views will not be made without, although only the edge uses it
    ("brevo", INBOUND): {"api_key": "-"},
    ("mailersend", INBOUND): {"inbound_secret": "-"},
    ("mailersend", TRACKING): {"signing_secret": "-"},
    ("mailgun", INBOUND): {"webhook_signing_key": "-"},
    ("mailgun", TRACKING): {"webhook_signing_key": "-"},
    ("mailtrap", INBOUND): {"api_token": "-"},
    ("postal", INBOUND): {"webhook_key": "-"},
    ("postal", TRACKING): {"webhook_key": "-"},
    ("resend", INBOUND): {"api_key": "-"},
    ("unisender_go", TRACKING): {"api_key": "-"},
}
