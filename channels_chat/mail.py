"""The e-mail channel that a chat goes on by."""

from __future__ import annotations

from channels_chat.models import ChatSettings
from conversations.adapters import registry
from conversations.adapters.messages import IdentityKind
from conversations.models import Channel


def kinds() -> list[str]:
    """Kinds of channel that write to e-mail addresses."""
    return [a.kind for a in registry.adapters() if a.identity_kind == IdentityKind.EMAIL]


def channel_of(settings: ChatSettings) -> Channel | None:
    """The one that was chosen, else the team's, else the only one there is."""
    mine = Channel.objects.active().filter(kind__in=kinds()).order_by("pk")
    chosen = mine.filter(pk=settings.mail_channel_id).first() if settings.mail_channel_id else None
    if chosen is not None:
        return chosen
    of_team = mine.filter(team=settings.channel.team_id).first()
    return of_team or (mine.first() if mine.count() == 1 else None)
