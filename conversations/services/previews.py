"""What was made of a file to be shown goes when the file goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from conversations.models import Blob, Look

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
    """Delete the rows of those that nothing refers to. Returns their hashes."""
    found = []
    for pk, digest in rows.filter(**FREE).order_by("pk").values_list("pk", "sha256"):
        # a channel may hold what is no message yet
        with suppress(ProtectedError), transaction.atomic():
            for blob in Blob.objects.alone(pk):
                blob.delete()
            found.append(digest)
    return found
