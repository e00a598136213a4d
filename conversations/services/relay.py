"""Tell the rooms what changed: every Change once, none left out.

A Change is committed later than its number was drawn, so "everything after the last number" would
lose those that commit out of order. Each row says itself whether it was told.
"""

from __future__ import annotations

from django.db import transaction

from conversations import rooms
from conversations.models import Change

BATCH = 500


def relay() -> int:
    """Hand what is new to every room, a batch at a time. Returns how many changes it was."""
    total = 0
    while (told := _batch()) == BATCH:
        total += told
    return total + told


def _batch() -> int:
    with transaction.atomic():
        # a second clock waits for the first, and then finds these told
        rows = Change.objects.select_for_update().filter(is_told=False).order_by("pk")
        changes = list(rows[:BATCH])
        if changes:
            for room in rooms.rooms():
                room.changed(changes)
            Change.objects.filter(pk__in=[change.pk for change in changes]).update(is_told=True)
        return len(changes)
