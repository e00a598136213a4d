"""The provider's own list against ours: texts of which nobody knows whether they left, and texts
whose webhook was lost.

A text that is in its list was sent; one that is not there may be yet: it stays unknown, and is
never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from channels_sms import edge, providers
from channels_sms.config import config_of
from channels_sms.models import ProviderName, SmsAccount
from channels_sms.providers.base import Heard, Listed
from conversations import outbox
from conversations.adapters.base import TransientFailure
from conversations.models import Delivery, DeliveryState, Receipt

log = structlog.get_logger(__name__)

ASK_EVERY = timedelta(minutes=1)
SETTLES = timedelta(seconds=20)
"""So long after the call its list may not have a text yet."""
GIVE_UP_AFTER = timedelta(hours=24)
EARLIER = timedelta(minutes=2)
"""Their clock and ours may differ by so much."""
PULL_EVERY = timedelta(hours=24)
OVERLAP = timedelta(hours=3)


def settle_unknown() -> int:
    """Look unknown texts up in their provider's list. Returns how many were found there."""
    accounts = SmsAccount.objects.filter(provider=ProviderName.TWILIO, channel__is_active=True)
    return sum(_settle(one) for one in accounts.select_related("channel"))


def _settle(account: SmsAccount) -> int:
    unknown = _unknown(account)
    if not unknown or not _is_due(account):
        return 0
    since = min(one.called_at for one in unknown if one.called_at) - EARLIER
    try:
        listed = _listed(account, since)
    except TransientFailure as failure:
        log.info("list_not_had", account=account.pk, code=failure.code)
        return 0
    return sum(_find(account, one, listed) for one in unknown)


def _unknown(account: SmsAccount) -> list[Delivery]:
    rows = Delivery.objects.filter(
        channel=account.channel,
        state=DeliveryState.UNKNOWN,
        called_at__lt=Now() - SETTLES,
        called_at__gt=Now() - GIVE_UP_AFTER,
    )
    return list(rows.prefetch_related("recipients", "messages").order_by("called_at", "pk"))


def _is_due(account: SmsAccount) -> bool:
    """Take this minute's turn; one of several clocks gets it."""
    mine = SmsAccount.objects.filter(pk=account.pk)
    rested = Q(reconciled_at=None) | Q(reconciled_at__lt=Now() - ASK_EVERY)
    return bool(mine.filter(rested).update(reconciled_at=Now()))


def _listed(account: SmsAccount, since: datetime) -> list[Listed]:
    """Oldest first. Raises TransientFailure."""
    config = config_of(account, callback="")
    found = providers.of(account.provider).listed(config, since=since)
    return sorted(found, key=lambda one: one.at.timestamp() if one.at else 0)


def _find(account: SmsAccount, delivery: Delivery, listed: Iterable[Listed]) -> bool:
    """The first text of the list that is this one and nobody else's."""
    recipient = delivery.recipients.all()[0]
    text = "\n\n".join(message.text for message in delivery.messages.all())
    for one in listed:
        is_same = not one.is_inbound and one.to == recipient.address and one.body == text
        is_then = one.at is not None and delivery.called_at is not None
        if not (is_same and is_then) or one.at < delivery.called_at - EARLIER:  # type: ignore[operator]  # both were looked at
            continue
        if Delivery.objects.filter(channel=account.channel, provider_id=one.id).exists():
            continue
        report = providers.of(account.provider).report(one, key=delivery.key)
        if report is not None and outbox.apply_report(account.channel, report):
            return True
    return False


def pull_lost() -> int:
    """Once a day: texts that came in at the provider and never here. Returns how many."""
    accounts = SmsAccount.objects.filter(provider=ProviderName.TWILIO, channel__is_active=True)
    return sum(_pull(one) for one in accounts.select_related("channel"))


def _pull(account: SmsAccount) -> int:
    now, since = timezone.now(), account.pulled_to
    mine = SmsAccount.objects.filter(pk=account.pk)
    if since is None:  # what came before the channel was connected is not asked for
        mine.update(pulled_to=now)
        return 0
    if now - since < PULL_EVERY or not _is_due(account):
        return 0
    try:
        kept = [_keep(account, one) for one in _lost(account, _listed(account, since - OVERLAP))]
    except TransientFailure as failure:  # the same again in a minute
        log.info("list_not_had", account=account.pk, code=failure.code)
        return 0
    mine.update(pulled_to=now)
    return len(kept)


def _lost(account: SmsAccount, listed: Sequence[Listed]) -> list[Listed]:
    """Each once: while pages are read the list moves on, and a row may stand on two of them."""
    ours = {
        f"in:{one.id}": one
        for one in listed
        if one.is_inbound and (one.to in account.numbers or one.sender == account.sender)
    }
    known = Receipt.objects.filter(channel=account.channel, external_id__in=ours)
    had = set(known.values_list("external_id", flat=True))
    return [one for key, one in ours.items() if key not in had]


def _keep(account: SmsAccount, one: Listed) -> Receipt:
    """As its webhook would have been kept. Raises TransientFailure."""
    config = config_of(account, callback="")
    media = providers.of(account.provider).media_of(one, config)
    named = {f"MediaUrl{place}": url for place, url in enumerate(media)}
    number = one.fields.get("From", "")
    heard = Heard(event=f"in:{one.id}", number=number, text=one.body, at=one.at, media=media)
    envelope = {"door": "pull", "provider": account.provider, "side": edge.INBOUND}
    body = urlencode({**one.fields, **named}).encode()
    return edge.keep_event(account, body, heard, envelope=envelope)
