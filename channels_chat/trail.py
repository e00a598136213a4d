"""What a visitor read before the first message: their own until then, the agents' with it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db.models.functions import Now

from channels_chat import limits, raw
from channels_chat.models import PageRead, Visitor
from conversations.models import Conversation, Kind, Message
from conversations.models.message import ARTICLE_READ
from conversations.services import threads


def note(visitor: Visitor, *, url: Any, title: Any, helpful: Any) -> None:
    """Remember a page, once per address; with a later word on whether it helped."""
    address = raw.clean(url, 500)
    if visitor.since is not None or urlsplit(address).scheme not in {"http", "https"}:
        return
    named = {"title": raw.clean(title, 200), "at": Now()}
    said = {"helpful": helpful} if isinstance(helpful, bool) else {}
    PageRead.objects.update_or_create(
        visitor=visitor, url=address, defaults={**named, **said}, create_defaults={**named, **said}
    )
    kept = visitor.pages.order_by("-at", "-id").values("pk")[: limits.PAGES]
    visitor.pages.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def copy(visitor: Visitor, message: Message) -> None:
    """Put lines about what was read before the first message, whose thread is locked."""
    pages = list(visitor.pages.order_by("at", "id"))
    if not pages:
        return
    conversation = Conversation.objects.locked(message.conversation_id)
    for page in pages:
        line = Message(
            case=message.case,
            kind=Kind.ACTIVITY,
            is_system=True,
            code=ARTICLE_READ,
            params={"url": page.url, "title": page.title, "helpful": page.helpful},
        )
        threads.add(conversation, line, at=min(page.at, message.sorted_at))
    threads.reckon_journey(message.case)
    message.case.save(update_fields=["journey"])
    visitor.pages.all().delete()
