"""The door: an address is typed, a code goes there, and comes back.

Known and unknown addresses are answered alike, in as much time: the page writes one row, and a
worker, who alone finds out whom to write to, makes the code and sends it.
"""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, override

from conversations.adapters import registry
from conversations.adapters.base import (
    TOO_EARLY,
    Available,
    ChannelAdapter,
    ChannelFailure,
    TransientFailure,
)
from conversations.adapters.messages import (
    Address,
    Addressee,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)
from conversations.models import Channel, Identity, Message, Workspace
from conversations.services import holding, who
from conversations.services.errors import Refused
from conversations.wake import wake_on_commit
from portal import limits
from portal.models import Knock

log = structlog.get_logger(__name__)

SEND = "portal.send_code"
DIGITS = 6


def ask(typed: str, *, remote: str, language: str) -> Knock:
    """Somebody typed an address. Raises Refused, never for an address that nobody has."""
    address = address_of(typed)
    if address is None:
        raise Refused("bad_address")
    about = _hidden(f"{address.kind}:{address.value}")
    net, wide = map(_hidden, _nets_of(remote))
    is_text = address.kind == IdentityKind.PHONE
    with transaction.atomic():
        if is_text:  # one at a time: they are counted together
            who.lock_address(address.kind, "")
        who.lock_address(address.kind, address.value)
        _refuse_too_many(about, net, wide)
        known = Identity.objects.filter(kind=address.kind, value=address.value).first()
        if is_text:
            _refuse_too_many_texts(about)
        knock = Knock.objects.create(
            about=about, net=net, wide=wide, identity=known, language=language[:16], is_text=is_text
        )
        wake_on_commit(SEND, knock.pk)
    return knock


def _refuse_too_many(about: str, net: str, wide: str) -> None:
    lately = Knock.objects.filter(created_at__gt=Now() - limits.WINDOW)
    if (
        lately.filter(about=about).count() >= limits.CODES_PER_ADDRESS
        or lately.filter(net=net).count() >= limits.CODES_PER_NET
        or lately.filter(wide=wide).count() >= limits.CODES_PER_WIDE_NET
    ):
        raise Refused("too_many_codes")
    if _of_today(about) >= limits.CODES_PER_DAY:
        raise Refused("too_many_today")


def _refuse_too_many_texts(about: str) -> None:
    """Only those that are sent cost; the answer is the same for every number."""
    if _of_today(about) >= limits.TEXTS_PER_DAY:
        raise Refused("too_many_today")
    sent = Knock.objects.filter(is_text=True, identity__isnull=False)
    if sent.filter(created_at__gt=Now() - limits.HOUR).count() >= limits.TEXTS_PER_HOUR:
        log.warning("portal_texts_used_up")
        raise Refused("too_many_texts")


def _of_today(about: str) -> int:
    return Knock.objects.filter(about=about, created_at__gt=Now() - timedelta(days=1)).count()


def address_of(typed: str) -> Address | None:
    """What was typed, as the channel that would write there normalises it."""
    for adapter in registry.adapters():
        if adapter.identity_kind in holding.PROVING:
            found = adapter.parse_address(typed.strip())
            if found is not None and found.kind in holding.PROVING:
                return found
    return None


def _hidden(value: str) -> str:
    return salted_hmac("portal.codes", value, algorithm="sha256").hexdigest()


def _nets_of(remote: str) -> tuple[str, str]:
    """Who has one IPv6 address has the network around it, and may have many of those."""
    try:
        address = ip_address(remote)
    except ValueError:
        return remote, remote
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    narrow, wide = (64, 48) if isinstance(address, IPv6Address) else (32, 24)
    return str(ip_network((address, narrow), strict=False)), str(
        ip_network((address, wide), strict=False)
    )


def waiting(number: uuid.UUID) -> Knock | None:
    """The knock of this number while a code of it may still be good."""
    rows = Knock.objects.filter(number=number, used_at=None)
    return rows.filter(created_at__gt=Now() - limits.CODE_LIFE).first()


def take(number: uuid.UUID, typed: str) -> Identity:
    """Take a code from whoever typed the address. Raises Refused, alike for unknown addresses."""
    fresh = Knock.objects.filter(
        number=number,
        used_at=None,
        created_at__gt=Now() - limits.CODE_LIFE,
        tries__lt=limits.CODE_TRIES,
    )
    _refuse_guessing(fresh)
    if not fresh.update(tries=F("tries") + 1):  # in a transaction of its own: it counts
        raise Refused("code_expired")
    knock = Knock.objects.select_related("identity").get(number=number)
    code = "".join(typed.split())[:12]
    if not knock.code_hash:
        make_password(code)  # as long as a look at a code takes
        raise Refused("wrong_code")
    identity = knock.identity
    is_right = check_password(code, knock.code_hash)
    if not is_right or identity is None or not holding.is_ones_own(identity):
        raise Refused("wrong_code")
    if not Knock.objects.filter(pk=knock.pk, used_at=None).update(used_at=Now(), code_hash=""):
        raise Refused("code_expired")  # another tab was first
    return identity


def _refuse_guessing(fresh: QuerySet[Knock]) -> None:
    """Five tries for one code are few, and many for many: what fails in the whole house counts too.
    Where much does, one wrong code from a network is enough: who types theirs at once gets in."""
    wide = fresh.values_list("wide", flat=True).first()
    lately = Knock.objects.filter(created_at__gt=Now() - limits.HOUR)
    everywhere = _failures(lately)
    most = limits.FAILURES_PER_NET if everywhere < limits.MANY_FAILURES else 1
    if everywhere >= limits.MOST_FAILURES or _failures(lately.filter(wide=wide)) >= most:
        log.warning("portal_codes_are_guessed", failures=everywhere)
        raise Refused("too_many_tries")


def _failures(knocks: QuerySet[Knock]) -> int:
    found = knocks.aggregate(tries=Sum("tries"), right=Count("used_at"))
    return (found["tries"] or 0) - int(found["right"])


# -- the worker's part
def send(knock_id: int) -> bool:
    """Make the code and send it, once. False where there is nobody to write to, or no way."""
    with transaction.atomic():
        rows = Knock.objects.select_for_update(skip_locked=True, of=("self",))
        knock = (
            rows.select_related("identity__customer")
            .filter(
                pk=knock_id,
                sent_at=None,
                identity__isnull=False,
                created_at__gt=Now() - limits.CODE_LIFE,
            )
            .first()
        )
        if knock is None or knock.identity is None:
            return False
        if not holding.is_ones_own(knock.identity):  # asked here: there it would take time
            Knock.objects.filter(pk=knock.pk).update(sent_at=Now())
            return False
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        Knock.objects.filter(pk=knock.pk).update(code_hash=make_password(code), sent_at=Now())
    return _transmit(knock, knock.identity, code)


def _transmit(knock: Knock, identity: Identity, code: str) -> bool:
    way = _way_to(identity)
    if way is None:
        log.info("portal_code_has_no_way", knock=knock.pk)
        return False
    channel, adapter = way
    with override((knock.language or channel.language)[:2]):
        letter = _letter(channel, adapter, identity, code)
    try:
        adapter.send(letter, adapter.config(channel.pk))
    except TransientFailure:  # the sweep tries again, with another code
        Knock.objects.filter(pk=knock.pk).update(sent_at=None, code_hash="")
        return False
    except ChannelFailure as failure:
        log.warning("portal_code_not_sent", knock=knock.pk, code=failure.code)
        return False
    return True


def _way_to(identity: Identity) -> tuple[Channel, ChannelAdapter] | None:
    """The channel by which they wrote or were written to last, else any that reaches them."""
    used = Message.objects.public().filter(identity=identity).order_by("-sorted_at", "-id")
    last = used.values_list("channel", flat=True).first()
    kinds = [a.kind for a in registry.adapters() if a.identity_kind == identity.kind]
    found = Channel.objects.active().filter(kind__in=kinds).select_related("team")
    for channel in sorted(found, key=lambda one: (one.pk != last, one.team.is_restricted, one.pk)):
        adapter = registry.adapter_for(channel.kind)
        answer = adapter.availability(channel=channel, address=identity.address, at=timezone.now())
        # it was asked for just now, by whoever waits for it: no hour is too early
        if isinstance(answer, Available) or answer.fix == TOO_EARLY:
            return channel, adapter
    return None


def _letter(
    channel: Channel, adapter: ChannelAdapter, identity: Identity, code: str
) -> OutboundMessage:
    address = Address(kind=identity.address.kind, value=identity.value)
    senders = adapter.sender_addresses(channel.pk)
    minutes = int(limits.CODE_LIFE.total_seconds() // 60)
    house = str(Workspace.objects.current()) or str(channel)
    return OutboundMessage(
        key=adapter.message_key(token="", client_id=uuid.uuid4().hex),
        sender=senders[0] if senders else Address(kind=address.kind, value=""),
        addressees=(Addressee(role=RecipientRole.TO, address=address),),
        subject=gettext("Your code: %s") % code,
        text=gettext(
            "%(code)s is your code for %(house)s. It is good for %(minutes)d minutes. "
            "Nobody of ours will ever ask you for it."
        )
        % {"code": code, "house": house, "minutes": minutes},
        is_automatic=True,
    )


def sweep() -> int:
    """Send what a lost wake left, and forget the old. Returns how many."""
    unsent = Knock.objects.filter(
        sent_at=None, identity__isnull=False, created_at__gt=Now() - limits.CODE_LIFE
    )
    found = list(unsent.order_by("pk").values_list("pk", flat=True)[:50])
    sent = sum(send(pk) for pk in found)
    gone, _ = Knock.objects.filter(created_at__lt=Now() - timedelta(days=2)).delete()
    return sent + gone
