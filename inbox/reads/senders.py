"""From which addresses an agent may write to anybody."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.models import Agent, Channel, Team
from inbox.forms import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One address of one channel; `value` names both in a form."""

    channel: Channel
    face: Face
    address: str

    @property
    def value(self) -> str:
        return f"{self.channel.pk}:{self.address}"


def read(agent: Agent) -> list[Sender]:
    """Every address of the active channels whose team the agent works for."""
    channels = Channel.objects.active().filter(team__in=Team.objects.of(agent).values("pk"))
    return [sender for channel in channels.order_by("name") for sender in _of(channel)]


def _of(channel: Channel) -> list[Sender]:
    try:
        adapter = registry.adapter_for(channel.kind)
    except registry.NotInstalled:
        return []
    face = adapter.describe()
    addresses = adapter.sender_addresses(channel.pk)
    return [Sender(channel=channel, face=face, address=address.value) for address in addresses]


def channel_of(value: str) -> int:
    """The channel's number in a form's value; 0 when there is none."""
    return number(value.partition(":")[0]) or 0


def address_of(value: str) -> str:
    return value.partition(":")[2]
