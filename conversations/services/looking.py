"""The right to look at a file, a claim with a lease by database time; and what comes of it."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from conversations import events
from conversations.media.running import Seen
from conversations.models import (
    Blob,
    ChangeKind,
    ClockTimestamp,
    Conversation,
    Look,
    LookKind,
    LookState,
    Message,
    Scan,
)

LEASE = timedelta(seconds=30)
"""Renewed while the child works; it ends by its own limits before ten minutes are over."""
ATTEMPTS = 2
TOLD = 50
"""Newest messages with the file whose threads are told; a signature's logo hangs on thousands."""


@dataclass(slots=True, kw_only=True)
class Lease:
    look: Look
    token: uuid.UUID
    scan: str = ""
    """What a scanner said meanwhile; empty where none was asked."""

    @property
    def blob_id(self) -> int:
        return self.look.blob_id

    @property
    def attempts(self) -> int:
        return self.look.attempts

    @property
    def step(self) -> str:
        """What the child does, see `words.Job`."""
        if self.look.is_long:
            return "film"
        return "probe" if self.look.kind == LookKind.FILM else "picture"

    def rows(self) -> QuerySet[Look]:
        """The look while it is still ours; every write under the lease goes through here."""
        return Look.objects.filter(pk=self.look.pk, lease_token=self.token, state=LookState.WORKING)

    def renew(self) -> bool:
        return bool(self.rows().update(leased_until=ClockTimestamp() + LEASE))


@dataclass(frozen=True, slots=True)
class Shown:
    """There is something to show; `leaves` is set where a film is still to be made, `code` where
    none will be, and why."""

    seen: Seen
    leaves: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """There is nothing more to show; the code says why."""

    code: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to show, and need not be."""


Outcome = Shown | Failed | Nothing


def claim(blob_id: int, *, is_long: bool) -> Lease | None:
    """Take the right to look; None where somebody has it, or it was done."""
    lost = Q(state=LookState.WORKING, leased_until__lt=ClockTimestamp())
    rows = Look.objects.filter(
        Q(state=LookState.WAITING) | lost, blob=blob_id, is_long=is_long, attempts__lt=ATTEMPTS
    )
    return _taken(rows, blob_id)


def take_over(blob_id: int) -> Lease | None:
    """The right to say of a look that was lost too often that it failed."""
    rows = Look.objects.filter(
        blob=blob_id,
        state=LookState.WORKING,
        leased_until__lt=ClockTimestamp(),
        attempts__gte=ATTEMPTS,
    )
    return _taken(rows, blob_id)


def _taken(rows: QuerySet[Look], blob_id: int) -> Lease | None:
    token, now = uuid.uuid4(), ClockTimestamp()
    is_ours = rows.update(
        state=LookState.WORKING,
        lease_token=token,
        leased_until=now + LEASE,
        began_at=now,
        attempts=F("attempts") + 1,
    )
    return Lease(look=Look.objects.get(blob=blob_id), token=token) if is_ours else None


def release(lease: Lease, *, tried: bool) -> None:
    """Leave it to whoever comes next; `tried` where this counts as an attempt."""
    lease.rows().update(
        state=LookState.WAITING,
        lease_token=None,
        leased_until=None,
        attempts=F("attempts") - (0 if tried else 1),
    )


def settle(lease: Lease, outcome: Outcome) -> bool:
    """Keep what came of it and tell the threads that have the file, all in one transaction.

    False where the look is not ours any more: the file was taken out meanwhile, or was slow.
    """
    kept = _kept(outcome)
    with transaction.atomic():
        messages = _messages(lease.blob_id)
        threads = Conversation.objects.rows_locked(*{m.conversation_id for m in messages})
        if lease.rows().select_for_update().first() is None:
            return False
        lease.rows().update(**_values(lease, outcome, kept))
        _tell({thread.pk: thread for thread in threads}, messages)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: Path
    sha256: str
    size: int


def _kept(outcome: Outcome) -> dict[str, _File]:
    """Files that the child made, on the disk for good and known by their hash."""
    if not isinstance(outcome, Shown):
        return {}
    made = {"poster": outcome.seen.poster, "preview": outcome.seen.preview}
    return {name: _synced(path) for name, path in made.items() if path is not None}


def _synced(path: Path) -> _File:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return _File(path=path, sha256=digest, size=os.fstat(file.fileno()).st_size)


def _values(lease: Lease, outcome: Outcome, kept: Mapping[str, _File]) -> dict[str, Any]:
    values: dict[str, Any] = {"lease_token": None, "leased_until": None, "attempts": 0}
    if lease.scan:
        values["scan"] = Scan(lease.scan)
    if isinstance(outcome, Failed):
        return {**values, "state": LookState.FAILED, "code": outcome.code}
    if isinstance(outcome, Nothing):
        return {**values, "state": LookState.NOT_NEEDED, "kind": LookKind.OTHER}
    found = outcome.seen.found
    for name, file in kept.items():
        values[name] = Blob.objects.keep_file(file.path, sha256=file.sha256, size=file.size)
    return {
        **values,
        "state": _state(outcome),
        "code": outcome.code,
        "is_long": bool(outcome.leaves),
        "width": found.width,
        "height": found.height,
        "seconds": found.seconds,
        "rotation": found.rotation,
        "codecs": found.codecs,
    }


def _state(outcome: Shown) -> LookState:
    if outcome.code:
        return LookState.FAILED
    return LookState.WAITING if outcome.leaves else LookState.READY


def _messages(blob_id: int) -> list[Message]:
    rows = Message.objects.filter(attachments__blob=blob_id).distinct().order_by("-pk")
    return list(rows[:TOLD])


def _tell(threads: Mapping[int, Conversation], messages: list[Message]) -> None:
    """A thread that was merged away meanwhile was told to begin anew."""
    fresh = Message.objects.filter(pk__in=[m.pk for m in messages]).select_related("case")
    for message in fresh.order_by("pk"):
        thread = threads.get(message.conversation_id)
        if thread is not None:
            events.record_change(thread, ChangeKind.MESSAGE, message=message)
