"""Who wants no texts: stored before anything else is done, and asked right before each call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now

from channels_sms.keywords import Wish, wish_of
from channels_sms.models import Consent, ConsentStep

WAITS = "3s"
"""How long a STOP waits for a call that is under way; it is stored all the same."""
_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"


def hear(
    *,
    sender: str,
    number: str,
    text: str,
    event: str,
    told: Wish | None = None,
    at: datetime | None = None,
) -> str:
    """Store what a text asks for, once an event. Returns the wish that it had, or an empty text.

    `told` is the provider's own word for it; `at` when it was said, where that is long ago: what
    was heard since holds. START and its kin mean something only to a number
    that stopped: YES is an answer to anything.
    """
    wish = told or wish_of(text)
    if wish is None or wish is Wish.HELP:
        return wish or ""
    with transaction.atomic():
        if wish is Wish.START and not is_stopped(sender=sender, number=number):
            return ""
        _wait_for_calls(sender, number)
        is_stop = wish is Wish.STOP
        write(sender=sender, number=number, is_stop=is_stop, event=event, words=text, at=at)
    return wish


def write(
    *,
    sender: str,
    number: str,
    is_stop: bool,
    event: str,
    words: str,
    at: datetime | None = None,
) -> bool:
    """Note a step and what holds since; False when this event was heard before."""
    kept = words.replace("\x00", "")[:200]
    consent, _ = Consent.objects.get_or_create(
        sender=sender,
        number=number,
        defaults={"is_stopped": is_stop, "changed_at": at or Now(), "words": kept},
    )
    _, is_new = ConsentStep.objects.get_or_create(
        consent=consent, event=event[:300], defaults={"is_stop": is_stop, "words": kept}
    )
    if is_new:
        held = Consent.objects.filter(pk=consent.pk)
        held = held.filter(changed_at__lte=at) if at else held
        held.update(is_stopped=is_stop, changed_at=at or Now(), words=kept)
    return is_new


def is_stopped(*, sender: str, number: str) -> bool:
    return Consent.objects.filter(sender=sender, number=number, is_stopped=True).exists()


def stopped_at(*, sender: str, number: str) -> datetime | None:
    """Since when this number wants nothing from this sender."""
    rows = Consent.objects.filter(sender=sender, number=number, is_stopped=True)
    return rows.values_list("changed_at", flat=True).first()


@contextlib.contextmanager
def call(*, sender: str, number: str) -> Iterator[bool]:
    """Around a provider's call: whether it may be made. A STOP is not stored before it ends, so
    that no call begins after one."""
    with transaction.atomic():
        _lock(_SHARED, sender, number)
        yield not is_stopped(sender=sender, number=number)


def _wait_for_calls(sender: str, number: str) -> None:
    with contextlib.suppress(OperationalError), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{WAITS}'")
        _lock(_ALONE, sender, number)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")


def _lock(how: str, sender: str, number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(how, [f"sms:{sender}:{number}"])
