"""What keeps a thread together in the customer's mail program: subject and references."""

from __future__ import annotations

from conversations.adapters.base import ChannelAdapter
from conversations.models import Case, Kind

CHAIN = 20
"""So many message ids are named as references, the nearest and the oldest among them."""


def subject_of(case: Case, adapter: ChannelAdapter) -> str:
    """The subject that the customer knows, so that their mail program keeps the thread."""
    if not adapter.describe().has_subject:
        return ""
    last = (
        case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None)
        .exclude(subject="")
        .order_by("-sorted_at", "-id")
        .first()
    )
    subject = last.subject if last else case.topic
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def references_of(case: Case) -> list[str]:
    """Ids of the case's messages, nearest first."""
    ids = list(
        case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None)
        .exclude(message_id="")
        .order_by("-sorted_at", "-id")
        .values_list("message_id", flat=True)[:200]
    )
    return ids if len(ids) <= CHAIN else [*ids[: CHAIN - 1], ids[-1]]
