"""A link that ran out: the customer asks for another. It comes in as any message of theirs does, so
that the clock runs, somebody is told, and the thread keeps it."""

from __future__ import annotations

import json

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from channels_video import links
from channels_video.models import UploadLink
from conversations import receipts
from conversations.models import BlockedSender


def ask(link: UploadLink) -> None:
    """Once a link; whoever presses again has asked already."""
    if BlockedSender.objects.covers(link.identity.value):
        return
    with transaction.atomic():
        asked = UploadLink.objects.filter(pk=link.pk, new_asked_at=None)
        if not asked.update(new_asked_at=Now()):
            return
        said = {
            "type": "again",
            "text": gettext(
                "The link for my video does not work any more. Please send me a new one."
            ),
        }
        receipts.record(
            link.channel, name(link), json.dumps(said).encode(), envelope=envelope(link)
        )


def name(link: UploadLink) -> str:
    """The request's id among what comes in."""
    return f"again:{link.pk}"


def envelope(link: UploadLink) -> dict[str, object]:
    """What the edge knows of who speaks by a link."""
    who = link.identity
    return {
        "sender": {"kind": who.kind, "value": who.value, "name": who.name},
        "token": links.case_of(link).reply_token,
        "language": link.language,
    }
