"""What was erased is remembered by keyed hashes alone, and does not come in again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.utils.crypto import salted_hmac

from conversations.adapters.messages import Event, InboundMessage, SentCopy
from conversations.models import Receipt, Tombstone

SALT = "conversations.tombstones"


def bury(words: Iterable[str]) -> None:
    """Remember Message-IDs and SHA-256 hashes (hex) of raw events."""
    rows = [Tombstone(digest=_hash(one, settings.SECRET_KEY)) for one in set(words) if one]
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
    """Keys that were replaced are still read with."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    meant = {_hash(word, key): word for word in words for key in keys}
    found = Tombstone.objects.filter(digest__in=list(meant)).values_list("digest", flat=True)
    return {meant[digest] for digest in found}


def _hash(word: str, key: str) -> str:
    return salted_hmac(SALT, word, secret=key, algorithm="sha256").hexdigest()
