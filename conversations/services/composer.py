"""What the composer offers for a case: channels, senders, partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone

from conversations.adapters import registry
from conversations.adapters.base import OTHER_ADDRESS, ChannelAdapter, Face, Unavailable
from conversations.adapters.messages import Address, IdentityKind
from conversations.models import Agent, Case, Channel, Customer, Identity, Kind, Message
from conversations.services.subjects import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOption:
    """A channel in the composer's menu, and the envelope that fits it; unavailable ones say why."""

    channel: Channel
    face: Face
    senders: tuple[Address, ...]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    has_files: bool = False
    """Whether it carries any."""
    is_last: bool = False
    """The customer used it last."""
    unavailable: Unavailable | None = None

    @property
    def available(self) -> bool:
        return self.unavailable is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOptions:
    """How a case can be answered, and what the composer is filled with."""

    channels: tuple[ChannelOption, ...]
    default_channel_id: int | None
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str


def options(*, case: Case, agent: Agent | None = None) -> ReplyOptions:
    """What the composer offers for a case: every channel that the agent (nobody: the house) may
    write through, the unavailable ones with the reason; none that only receives."""
    default = default_channel(case)
    known = Channel.objects.open_to(agent) if agent else Channel.objects.all()
    knows = _Knows(case)
    offered = [_option(channel, case, default, knows) for channel in known]
    channels = tuple(option for option in offered if not option.face.receives_only)
    chosen = next((o for o in channels if o.channel.pk == default and o.available), None)
    chosen = chosen or next((o for o in channels if o.available), None)
    return ReplyOptions(
        channels=channels,
        default_channel_id=chosen.channel.pk if chosen else None,
        sender=chosen.senders[0].value if chosen and chosen.senders else "",
        to=chosen.to if chosen else (),
        cc=chosen.cc if chosen else (),
        subject=chosen.subject if chosen else "",
    )


Partners = tuple[tuple[str, ...], tuple[str, ...]]
"""Whom an answer goes to, and who gets copies."""


def partners(case: Case, channel: Channel) -> Partners:
    """Whom an answer by this channel goes to, and who gets copies."""
    return _Knows(case).reaching(registry.adapter_for(channel.kind), channel)[0]


def _option(channel: Channel, case: Case, default: int | None, knows: _Knows) -> ChannelOption:
    try:
        adapter = registry.adapter_for(channel.kind)
    except registry.NotInstalled:
        missing = Face(kind=channel.kind, label=channel.kind, icon="x")
        return ChannelOption(
            channel=channel, face=missing, senders=(), unavailable=Unavailable(code="not_installed")
        )
    (to, cc), obstacle = knows.reaching(adapter, channel)
    return ChannelOption(
        channel=channel,
        face=adapter.describe(),
        senders=adapter.sender_addresses(channel.pk),
        to=to,
        cc=cc if adapter.describe().has_copies else (),
        subject=subject_of(case, adapter),
        has_files=adapter.cannot_carry(channel=channel) is None,
        is_last=channel.pk == default,
        unavailable=obstacle,
    )


def _obstacle(adapter: ChannelAdapter, channel: Channel, to: tuple[str, ...]) -> Unavailable | None:
    if not channel.is_active:
        return Unavailable(code="channel_off", fix="connect_channel")
    if not to:
        return Unavailable(code="no_address", params={"kind": adapter.identity_kind})
    kind = IdentityKind(adapter.identity_kind)
    answer = adapter.availability(
        channel=channel, address=Address(kind=kind, value=to[0]), at=timezone.now()
    )
    return answer if isinstance(answer, Unavailable) else None


class _Knows:
    """Whom answers of a case go to, asked once for the channels of every kind."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._customer = case.conversation.customer

    def reaching(
        self, adapter: ChannelAdapter, channel: Channel
    ) -> tuple[Partners, Unavailable | None]:
        """Another address of the customer's where that one is dead; and what is in its way."""
        found = self.partners(adapter)
        obstacle = _obstacle(adapter, channel, found[0])
        if obstacle is None or obstacle.fix != OTHER_ADDRESS:
            return found, obstacle
        for one in self._on_file:
            if one.kind != adapter.identity_kind or one.value in found[0] or one.unreachable_code:
                continue
            other = _obstacle(adapter, channel, (one.value,))
            if other is None or other.fix != OTHER_ADDRESS:
                return ((one.value,), self._copied(one.value)), other
        return found, obstacle

    def partners(self, adapter: ChannelAdapter) -> Partners:
        """The customer's address on file, and those we copied last."""
        kinds = [adapter.identity_kind, f"unproven_{adapter.identity_kind}"]
        last = max(
            (self._wrote[kind] for kind in kinds if kind in self._wrote),
            key=lambda message: (message.sorted_at, message.pk),
            default=None,
        )
        theirs = (one for one in self._on_file if one.kind in kinds)
        identity = last.identity if last else next(theirs, None)
        address = identity.value if identity else _given_address(self._customer, kinds)
        return ((address,), self._copied(address)) if address else ((), ())

    @cached_property
    def _wrote(self) -> dict[str, Message]:
        """What they wrote last from an address of each kind."""
        said = self._case.messages.filter(
            kind=Kind.MESSAGE, identity__customer=self._customer, is_unconfirmed=False
        )
        last = said.order_by("identity__kind", "-sorted_at", "-id").distinct("identity__kind")
        return {one.identity.kind: one for one in last.select_related("identity") if one.identity}

    @cached_property
    def _on_file(self) -> list[Identity]:
        """Proven ones first."""
        return sorted(
            self._customer.identities.all(),
            key=lambda one: (-one.verified_at.timestamp() if one.verified_at else 0.0, one.pk),
        )

    def _copied(self, to: str) -> tuple[str, ...]:
        """Addresses that an agent put into Cc of our last message here; never ones from outside."""
        last = self._last_of_ours
        lines = last.addressees if last else []
        return tuple(a["address"] for a in lines if a["role"] == "cc" and a["address"] != to)

    @cached_property
    def _last_of_ours(self) -> Message | None:
        ours = self._case.messages.public().filter(agent__isnull=False)
        return ours.order_by("-sorted_at", "-id").first()


def _given_address(customer: Customer, kinds: Sequence[str]) -> str:
    """Of somebody who writes through a shared address: what the form says is theirs, else that."""
    if customer.via is None or customer.via.kind not in kinds:
        return ""
    claim = customer.claims.filter(kind__in=kinds).order_by("-id").first()
    return claim.value if claim else customer.via.value


def default_channel(case: Case) -> int | None:
    """The channel that the customer used last in this case, else ours, else in any case of theirs
    that is not restricted; one that answers."""
    mine = case.messages.filter(kind=Kind.MESSAGE, is_aside=False)
    others = Message.objects.public().filter(
        conversation=case.conversation_id, case__team__is_restricted=False
    )
    return _last_used(mine) or _last_used(others)


def _last_used(said: QuerySet[Message]) -> int | None:
    mute = [a.kind for a in registry.adapters() if a.describe().receives_only]
    public = said.filter(channel__is_active=True).exclude(channel__kind__in=mute)
    last = (
        public.filter(identity__isnull=False).order_by("-sorted_at", "-id").first()
        or public.order_by("-sorted_at", "-id").first()
    )
    return last.channel_id if last else None
