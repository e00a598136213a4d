"""What was made of a file to be shown goes when the file goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.db.models import ProtectedError, Q, QuerySet

from conversations.models import Blob, Look

TOGETHER = 500
"""Rows deleted at once."""
FREE = {"attachments": None, "receipts": None, "posters": None, "previews": None}
"""Of a blob that nothing refers to."""


def forget(blobs: Iterable[int]) -> list[str]:
    """Of those that no message has any more: the look at them, and what was made of them.

    Returns the hashes of what was made; `Blob.take_out` them once this is certain.
    """
    with transaction.atomic():
        mine = Blob.objects.alone(*blobs)
        rows = Look.objects.filter(blob__in=mine, blob__attachments=None)
        looks = list(rows.select_for_update(of=("self",)))
        made = {pk for look in looks for pk in (look.poster_id, look.preview_id) if pk}
        Look.objects.filter(pk__in=[look.pk for look in looks]).delete()
        return unheld(Blob.objects.filter(pk__in=made))


def unheld(rows: QuerySet[Blob]) -> list[str]:
    """Delete the rows of those that nothing refers to. Returns the hashes of those whose bytes
    are in the store: the others' went with their rows."""
    known = rows.filter(**FREE).order_by("pk").annotate(is_stored=Q(content=None))
    free = list(known.values_list("pk", "sha256", "is_stored"))
    found = []
    for start in range(0, len(free), TOGETHER):
        some = free[start : start + TOGETHER]
        # where a channel holds one of them, which is no message yet, it is found out one by one
        for part in [some] if _delete(some) else [[one] for one in some if _delete([one])]:
            found += [digest for _pk, digest, is_stored in part if is_stored]
    return found


def _delete(some: list[tuple[int, str, bool]]) -> bool:
    with suppress(ProtectedError), transaction.atomic():
        mine = Blob.objects.alone(*(one[0] for one in some))
        Blob.objects.defer("content").filter(pk__in=[blob.pk for blob in mine]).delete()
        return True
    return False
