"""What keeps a thread together in the customer's mail program: subject and references."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from conversations.adapters.base import ChannelAdapter
from conversations.models import Case, Delivery, Message
from conversations.models.message import MessageQuerySet

CHAIN = 20
"""So many message ids are named as references, the nearest and the oldest among them."""


def subject_of(case: Case, adapter: ChannelAdapter) -> str:
    """The subject that the customer knows, so that their mail program keeps the thread."""
    if not adapter.describe().has_subject:
        return ""
    last = _last_first(case.messages.public()).exclude(subject="").first()
    return answering(last.subject if last else case.topic)


def answering(subject: str) -> str:
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def references_of(case: Case, kind: str) -> list[str]:
    """Ids of what the customer and we wrote to each other in a case by channels of this kind,
    nearest first: other channels' ids mean nothing to it."""
    along = Delivery.objects.filter(
        messages=OuterRef("pk"), key=OuterRef("message_id"), channel__kind=kind
    )
    said = case.messages.public().filter(Q(channel__kind=kind) | Exists(along))
    ids = _last_first(said).exclude(message_id="")
    return _chain(list(ids.values_list("message_id", flat=True)[:200]))


def references_aside(case: Case, addresses: Collection[str]) -> list[str]:
    """Ids of what passed between us and these third parties, nearest first; nobody else's."""
    said = case.messages.filter(is_aside=True, cancelled_at=None).exclude(message_id="")
    rows = _last_first(said).select_related("identity")[:200]
    return _chain([one.message_id for one in rows if _is_with(one, addresses)])


def _is_with(message: Message, addresses: Collection[str]) -> bool:
    if message.identity is not None:
        return message.identity.value in addresses
    return any(one["address"] in addresses for one in message.addressees)


def _last_first(messages: MessageQuerySet) -> MessageQuerySet:
    return messages.order_by("-sorted_at", "-id")


def _chain(ids: list[str]) -> list[str]:
    return ids if len(ids) <= CHAIN else [*ids[: CHAIN - 1], ids[-1]]
