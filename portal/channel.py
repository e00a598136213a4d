"""The one channel that customers write by on these pages; made when it is first needed."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from conversations.models import Channel, Team

KIND, LABEL = "portal", "Portal"


def current() -> Channel:
    """Switched off in the admin, it is there all the same, and the pages are closed."""
    rows = Channel.objects.select_related("team").filter(kind=KIND).order_by("pk")
    return rows.first() or _made()


def _made() -> Channel:
    try:
        with transaction.atomic():
            return Channel.objects.create(
                kind=KIND, name=_free(), label=LABEL, team=Team.objects.default()
            )
    except IntegrityError:  # another request was first
        return Channel.objects.select_related("team").get(kind=KIND)


def _free() -> str:
    taken = Channel.objects.filter(name=KIND).exists()
    return f"customer-{KIND}" if taken else KIND
