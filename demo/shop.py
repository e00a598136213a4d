"""Where the demo's shop stands, and the chat channel that its widget belongs to."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings

from channels_chat.models import ChatSettings
from conversations.models import Channel

CHAT = "shop-chat"
TWINS = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
"""Two names of this machine are two origins, and two sites, for a browser."""


def origins() -> tuple[str, str]:
    """The hub's origin and the shop's: the same where the hub has a name in the world."""
    hub = settings.OMNIHUB_URL or "http://127.0.0.1:8000"
    parts = urlsplit(hub)
    twin = TWINS.get(parts.hostname or "")
    if twin is None:
        return f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{parts.netloc}"
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{twin}{port}"


def chat() -> ChatSettings | None:
    """The demo's widget. A hub that was started on another port has another shop: it is let in."""
    found = ChatSettings.objects.filter(channel__name=CHAT, channel__is_active=True).first()
    _, site = origins()
    if found and site not in found.sites:
        found.sites = [*found.sites, site]
        found.save(update_fields=["sites"])
    return found


def open_chat(mail: Channel) -> None:
    """The widget's channel, in the colour and the words of Kalma."""
    channel = Channel.objects.create(
        kind="chat",
        name=CHAT,
        label="Kalma shop",
        team=mail.team,
        reply_target=timedelta(minutes=2),
    )
    ChatSettings.objects.create(
        channel=channel,
        name="Kalma",
        sites=[origins()[1]],
        greeting_en="Hi. What can we fix?",
        greeting_es="Hola. ¿Qué podemos arreglar?",
        mail_channel=mail,
    )
