"""Where a message goes and under which name: typed addresses into recipients and a sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from conversations.adapters.base import ChannelAdapter, Unavailable
from conversations.adapters.messages import Address, RecipientRole
from conversations.models import Channel, Identity, Recipient
from conversations.services.errors import Forbidden, Refused

MOST_RECIPIENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where a message goes and under which name. Addresses as typed."""

    to: Sequence[str]
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    sender: str = ""
    subject: str = ""
    at: datetime | None = None
    """When it is to go, if not at once."""


def recipients_of(adapter: ChannelAdapter, channel: Channel, envelope: Envelope) -> list[Recipient]:
    """Unsaved recipients, each address once. Raises Refused for one that cannot be reached."""
    found: dict[str, Recipient] = {}
    for role, typed in (
        (RecipientRole.TO, envelope.to),
        (RecipientRole.CC, envelope.cc),
        (RecipientRole.BCC, envelope.bcc),
    ):
        for text in typed:
            address = _address(adapter, channel, text, at=envelope.at or timezone.now())
            identity = Identity.objects.filter(kind=address.kind, value=address.value).first()
            found.setdefault(
                address.value,
                Recipient(role=role, address=address.value, name=address.name, identity=identity),
            )
    if not any(r.role == RecipientRole.TO for r in found.values()):
        raise Refused("nobody_to_send_to")
    if len(found) > MOST_RECIPIENTS:
        raise Refused("too_many_recipients", most=MOST_RECIPIENTS)
    return list(found.values())


def _address(adapter: ChannelAdapter, channel: Channel, typed: str, *, at: datetime) -> Address:
    address = adapter.parse_address(typed)
    if address is None:
        raise Refused("bad_address", address=typed)
    if address.value in adapter.own_addresses():
        raise Refused("own_address", address=typed)
    answer = adapter.availability(channel=channel, address=address, at=at)
    if isinstance(answer, Unavailable):
        raise Refused(answer.code, **answer.params)
    return address


def sender_of(adapter: ChannelAdapter, channel: Channel, wanted: str) -> str:
    """One of the channel's own sender addresses; the default when none is named."""
    senders = [address.value for address in adapter.sender_addresses(channel.pk)]
    if wanted and wanted not in senders:
        raise Forbidden("not_a_sender", address=wanted)
    return wanted or (senders[0] if senders else "")
