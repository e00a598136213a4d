"""Questions about the simulator's mail that the pages ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from channels_email.models import EmailAccount
from conversations.models import Channel, Identity, IdentityKind, Message
from demo.models import Mail
from demo.people import Person

MOST = 200
"""Mails that the list shows; the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One customer's mailbox and how many mails it holds."""

    address: str
    count: int


def boxes() -> list[Box]:
    """Every mailbox that got something, by address."""
    counts = Counter(
        address for to in Mail.objects.values_list("envelope_to", flat=True) for address in to
    )
    return [Box(address=address, count=counts[address]) for address in sorted(counts)]


def mails(of: str) -> QuerySet[Mail]:
    """The newest first, without their bytes; of one mailbox, or of all with an empty name."""
    found = Mail.objects.defer("raw")
    return (found.filter(envelope_to__contains=[of]) if of else found)[:MOST]


def person(address: str, *, name: str = "") -> Person:
    """Somebody outside, by the name under which we know them."""
    known = Identity.objects.filter(kind=IdentityKind.EMAIL, value=address.lower()).first()
    return Person(name=name or (known.name if known else ""), address=address)


def channels() -> list[Channel]:
    """The channels that lead here; the first is where an unknown address goes."""
    return list(Channel.objects.filter(email_account__is_simulated=True).order_by("pk"))


def channel_of(address: str) -> Channel | None:
    """Whose address it is, its reply token (`+…`) left out."""
    local, _, domain = address.strip().lower().rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    accounts = EmailAccount.objects.select_related("channel").filter(is_simulated=True)
    for account in accounts.order_by("pk"):
        if plain in account.addresses:
            return account.channel
    return next(iter(channels()), None)


def case_of(mail: Mail) -> int | None:
    """The case in which the hub wrote this mail."""
    written = Message.objects.filter(message_id=mail.message_id, identity=None).first()
    return written.case_id if written and mail.message_id else None
