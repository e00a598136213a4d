"""From where a chat may be opened."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings as house

from channels_chat.models import ChatSettings


def settings_of(key: str) -> ChatSettings | None:
    """The chat of this public key; None when there is none, or it is paused."""
    rows = ChatSettings.objects.select_related("channel__team")
    return rows.filter(key=key, channel__is_active=True).first()


def ancestors(settings: ChatSettings) -> list[str]:
    """What `frame-ancestors` names: the allowed sites, and the house for the admin's preview."""
    return ["'self'", *settings.sites]


def may_open(settings: ChatSettings, *, origin: str, host: str) -> bool:
    """Whether a socket may be opened by a page of `origin`: the frame on our own, or a site."""
    if not origin or not host:
        return False
    is_ours = urlsplit(origin).netloc == host or origin in house.CSRF_TRUSTED_ORIGINS
    return is_ours or origin in settings.sites
