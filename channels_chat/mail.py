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
    mine = list(Channel.objects.active().filter(kind__in=kinds()).order_by("pk"))
    chosen = [one for one in mine if one.pk == settings.mail_channel_id]
    of_team = [one for one in mine if one.team_id == settings.channel.team_id]
    only = mine if len(mine) == 1 else []
    return next(iter([*chosen, *of_team, *only]), None)
