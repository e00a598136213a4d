"""Tell the rooms what changed: every Change once, none left out.

A Change is committed later than its number was drawn, so "everything after the last number" would
lose those that commit out of order. Each row says itself whether it was told.
"""

from __future__ import annotations

from django.db import connection, transaction

from conversations import rooms
from conversations.models import Change

BATCH = 500
LOCK = 7_260_514
"""Of the relay's transactions, among the database's advisory locks."""


def relay() -> int:
    """Hand what is new to every room, a batch at a time. Returns how many changes it was."""
    total = 0
    while (told := _batch()) == BATCH:
        total += told
    return total + told


def _batch() -> int:
    with transaction.atomic():
        hold_back()
        # a second clock waits for the first, and then finds these told
        rows = Change.objects.select_for_update().filter(is_told=False).order_by("pk")
        changes = list(rows[:BATCH])
        if changes:
            for room in rooms.rooms():
                room.changed(changes)
            Change.objects.filter(pk__in=[change.pk for change in changes]).update(is_told=True)
        return len(changes)


def hold_back() -> None:
    """Keep the relay out until the transaction ends: it holds changes and comes to wait for the
    threads that they are of. Call before threads are locked whose changes are to be deleted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
