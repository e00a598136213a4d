"""Addresses of files in a visitor's thread: signed for that visitor, good for a day."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from channels_chat.models import Visitor
from conversations.models import Attachment

VALID = timedelta(days=1)
_SALT = "channels_chat.links"


def url(visitor: Visitor, file: Attachment) -> str:
    signed = signing.dumps([visitor.pk, file.pk], salt=_SALT)
    return reverse("chat-file", args=[visitor.channel.chat_settings.key, signed])


def named(signed: str) -> tuple[int, int] | None:
    """Visitor and attachment of an address; None when it is forged or too old."""
    try:
        found = signing.loads(signed, salt=_SALT, max_age=VALID)
        visitor, file = found
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(visitor), int(file)
