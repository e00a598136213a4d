"""Where texts and states enter: proven, kept, and a STOP stored with them in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from channels_sms import consent, providers
from channels_sms.models import Media, ProviderName, SmsAccount
from channels_sms.providers.base import Heard, Post
from channels_sms.providers.http import names_of
from conversations import receipts
from conversations.models import Channel, Receipt

INBOUND, STATUS = "inbound", "status"
SIDES = (INBOUND, STATUS)


def address(channel: Channel, side: str) -> str:
    """What an admin enters at the provider, and what we hand it for states."""
    return f"{settings.OMNIHUB_URL}{reverse('sms-hook', args=[channel.key, side])}"


def keep(account: SmsAccount, post: Post, side: str, *, wakes: bool = True) -> Receipt | None:
    """Store a proven post, once an event; None for one that says nothing.

    What it asks for (STOP) holds from the same commit on. Raises OSError or a database error when
    nothing could be kept.
    """
    heard = providers.of(account.provider).hear(post, side, account)
    if heard.is_empty:
        return None
    envelope = _envelope(account, post, side)
    return keep_event(account, post.body, heard, envelope=envelope, wakes=wakes)


def keep_event(
    account: SmsAccount,
    body: bytes,
    heard: Heard,
    *,
    envelope: Mapping[str, object],
    wakes: bool = True,
) -> Receipt:
    with transaction.atomic():
        wish = _wish(account, heard) if heard.event else ""
        told = {"wish": wish} if wish else {}
        key = heard.event or receipts.content_key(body)
        receipt = receipts.record(
            account.channel, key[:300], body, envelope={**envelope, **told}, wakes=wakes
        )
        if heard.media:
            Media.objects.get_or_create(receipt=receipt, defaults={"urls": list(heard.media)})
    return receipt


def _wish(account: SmsAccount, heard: Heard) -> str:
    if not heard.number:
        return ""
    return consent.hear(
        sender=account.sender,
        number=heard.number[:16],
        text=heard.text,
        event=heard.event,
        told=heard.told,
        at=heard.at,
    )


def _envelope(account: SmsAccount, post: Post, side: str) -> dict[str, object]:
    known: dict[str, object] = {
        "door": "hook",
        "provider": account.provider,
        "side": side,
        "query": urlsplit(post.url).query[:2000],
    }
    if account.provider == ProviderName.HTTP:
        known |= {"names": names_of(account), "is_form": post.is_form}
    return known
