"""What was erased is remembered by keyed hashes alone, and does not come in again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conversations.adapters.messages import Event, InboundMessage, SentCopy
from conversations.models import Receipt, Tombstone
from conversations.services import keyed

SALT = "conversations.tombstones"


def bury(words: Iterable[str]) -> None:
    """Remember Message-IDs and SHA-256 hashes (hex) of raw events."""
    rows = [Tombstone(digest=keyed.digest(SALT, one)) for one in set(words) if one]
    Tombstone.objects.bulk_create(rows, 1000, ignore_conflicts=True)


def covers(receipt: Receipt, events: Sequence[Event]) -> bool:
    """Whether this event was erased: its very bytes, or every message in it by its id."""
    said = [_message(event) for event in events]
    ids = [message.message_id[:998] for message in said if message and message.message_id]
    known = _known([receipt.blob.sha256, *ids])
    return receipt.blob.sha256 in known or bool(
        ids and len(ids) == len(said) and known.issuperset(ids)
    )


def _message(event: Event) -> InboundMessage | None:
    if isinstance(event, SentCopy):
        return event.message
    return event if isinstance(event, InboundMessage) else None


def _known(words: Sequence[str]) -> set[str]:
    meant = {digest: word for word in words for digest in keyed.digests(SALT, word)}
    found = Tombstone.objects.filter(digest__in=list(meant)).values_list("digest", flat=True)
    return {meant[digest] for digest in found}
