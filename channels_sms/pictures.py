"""Pictures that leave with a text: the provider fetches each by an address (`/m/<token>`) that is
signed, opens that one picture, and is dead after a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from conversations.adapters.base import Unavailable
from conversations.adapters.messages import File
from conversations.media import sniffing
from conversations.models import Attachment
from conversations.services import file_links

TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
"""What Twilio fits to any phone (twilio.com/docs/messaging/guides/accepted-mime-types)."""
MOST_BYTES = 5 * 1024 * 1024
"""Of all pictures of one text."""
MOST = 10
VALID = timedelta(days=1)
_SALT = "channels_sms.pictures"


def obstacle(files: Sequence[File]) -> Unavailable | None:
    """The first file that cannot go by text, and why."""
    size = 0
    for place, file in enumerate(files, start=1):
        size += file.size
        if kind_of(file) not in TYPES:
            return Unavailable(code="not_a_picture", params={"name": file.name})
        if size > MOST_BYTES:
            sizes = {"size": filesizeformat(size), "most": filesizeformat(MOST_BYTES)}
            return Unavailable(code="pictures_too_large", params={"name": file.name, **sizes})
        if place > MOST:
            return Unavailable(code="too_many_pictures", params={"name": file.name, "most": MOST})
    return None


def kind_of(file: File) -> str:
    """By its first bytes; what is kept already was looked at when it was."""
    return file.type if file.blob else sniffing.media_type(file.content[: sniffing.HEAD])


def address(file: File) -> str:
    """Where the provider fetches an attachment of a message that is being sent."""
    token = file_links.token_of(int(file.reference), salt=_SALT)
    return f"{settings.OMNIHUB_URL}{reverse('sms-picture', args=[token])}"


def attachment_of(token: str) -> Attachment | None:
    """What a token names; None, too, for what is larger than a picture that was sent can be."""
    found = file_links.attachment_of(token, salt=_SALT, valid=VALID)
    return found if found and found.size <= MOST_BYTES else None
