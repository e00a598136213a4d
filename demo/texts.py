"""The demo's text channel and the phones that it reaches."""

from __future__ import annotations

import secrets
from datetime import timedelta

from channels_sms.models import SmsAccount
from conversations.models import Channel, Customer, Identity, IdentityKind, Team
from demo.models import Phone
from demo.network import new_sid
from demo.story.warranty import DANA

OURS = "+15005550006"
"""Twilio's own number for tests (twilio.com/docs/iam/test-credentials)."""
DANAS = "+13035550143"
"""Of the numbers that are kept for fiction: they belong to nobody."""


def open_channel() -> Channel:
    channel = Channel.objects.create(
        kind="sms",
        name="texts",
        label="+1 500-555-0006",
        team=Team.objects.default(),
        reply_target=timedelta(minutes=15),
        fails_over=True,
    )
    SmsAccount.objects.create(
        channel=channel,
        sender=OURS,
        account_id=new_sid("AC"),
        auth_token=secrets.token_hex(16),
        countries=["US", "ES"],
        help_en="Kalma support. Write to us here; STOP ends these texts.",
        help_es="Kalma. Escríbenos aquí; con BAJA no recibes más SMS.",
        is_simulated=True,
    )
    return channel


def note_phones() -> None:
    """Dana's phone is known, so that she can be reached by text."""
    dana = Customer.objects.filter(identities__value=DANA.address).first()
    if dana is not None:
        Identity.objects.get_or_create(
            kind=IdentityKind.PHONE, value=DANAS, defaults={"customer": dana, "name": DANA.name}
        )
    Phone.objects.get_or_create(number=DANAS)
