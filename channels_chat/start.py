"""What the frame knows when it opens; see docs/decisions/0100."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, override

from channels_chat import colours, limits
from channels_chat.models import ChatSettings
from conversations.services import inviting


def start(settings: ChatSettings, *, locale: str) -> dict[str, Any]:
    """Nothing in it is secret. `locale` is one of the house's languages."""
    colour, ink = colours.pair(settings.brand)
    with override(locale):
        greeting = settings.greeting(locale) or gettext("Hello! How can we help?")
        away = settings.away(locale) or gettext(
            "Write to us all the same: we answer as soon as we are back."
        )
    return {
        "v": 1,
        "key": settings.key,
        "socket": f"/w/{settings.key}/socket",
        "files": f"/w/{settings.key}/files",
        "locale": locale,
        "sites": settings.sites,
        "name": str(settings),
        "greeting": greeting,
        "away": away,
        "brand": {"colour": colour, "ink": ink},
        "position": settings.position,
        "takes_video": inviting.is_open(),
        "takes_files": settings.takes_files,
        "asks_rating": settings.asks_rating,
        "limits": {
            "text": limits.TEXT,
            "files": limits.FILES,
            "file_size": limits.FILE_SIZE,
            "name": limits.NAME,
            "comment": limits.COMMENT,
        },
    }
