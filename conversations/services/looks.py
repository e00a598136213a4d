"""Look at files once they have come: what they are, and something to show of them.

A worker is woken for the quick part: what it is, a picture small and upright, a film's poster. A
film for browsers takes minutes and is the clock's, one at a time. A wake that is lost, a process
that is killed: the clock finds what is left by database time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from conversations import disk
from conversations.adapters import registry
from conversations.media import running, sniffing
from conversations.media.running import Seen
from conversations.media.words import LIMITS, Unshowable
from conversations.models import (
    Attachment,
    Blob,
    Channel,
    ClockTimestamp,
    Look,
    LookKind,
    LookState,
    Scan,
)
from conversations.services import doors, looking, scanning
from conversations.services.looking import ATTEMPTS, Lease
from conversations.wake import LOOK, wake_on_commit

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Looks of one sweep."""
SPARED = 1.0
"""Seconds by which a film may be longer: its last picture stands for a while."""
_SURE = LIMITS | {"broken", "unsupported", "no_picture", "gone"}
"""What a second try would not change."""


class NoRoom(Exception):
    """The disk would be fuller than it may be. It waits, and is no failure."""


def folder() -> Path:
    """Where children work: on the store's own file system."""
    return Path(settings.MEDIA_ROOT) / "looking"


def expect(files: Iterable[Attachment]) -> None:
    """Note, in the caller's transaction, that files are to be looked at; known bytes once."""
    types = {file.blob_id: file.type for file in files}
    rows = [Look(blob_id=blob, **_first(kind)) for blob, kind in types.items()]
    Look.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        if row.state == LookState.WAITING:
            wake_on_commit(LOOK, row.blob_id)


def _first(kind: str) -> dict[str, str]:
    known = LookKind.OTHER
    if kind in sniffing.PICTURES:
        known = LookKind.PICTURE
    elif kind in sniffing.FORMATS:
        known = LookKind.FILM
    is_due = known != LookKind.OTHER or bool(settings.OMNIHUB_CLAMAV)
    state = LookState.WAITING if is_due else LookState.NOT_NEEDED
    return {"kind": known, "state": state, "type": kind}


def with_looks() -> QuerySet[Attachment]:
    """Attachments in their order, each with its blob (without the bytes) and the look at it, in
    one statement; `at` tells it."""
    rows = Attachment.objects.select_related("blob__look").defer("blob__content")
    return rows.order_by("position")


def at(file: Attachment) -> Look | None:
    """The look at one of `with_looks`."""
    return getattr(file.blob, "look", None)


def of(files: Iterable[Attachment]) -> dict[int, Look]:
    """The looks at attachments by their numbers, in one statement."""
    files = list(files)
    rows = Look.objects.filter(blob__in={file.blob_id for file in files})
    known = {look.blob_id: look for look in rows}
    return {file.pk: known[file.blob_id] for file in files if file.blob_id in known}


def look(blob_id: int) -> bool:
    """Do the quick part, unless somebody does or did it. Returns whether it was done here."""
    return _run(blob_id, is_long=False, stopping=lambda: False)


def sweep() -> int:
    """The quick part of what nobody took up, and what was given up twice. Returns how many."""
    running.clear(folder())
    late = Q(state=LookState.WAITING, created_at__lt=Now() - settings.WAKE_GRACE)
    return _give_up() + sum(map(look, _due(late, is_long=False, most=AT_ONCE)))


def sweep_long(stopping: Callable[[], bool]) -> int:
    """Make one film that browsers play. Returns how many were due."""
    due = _due(Q(state=LookState.WAITING), is_long=True, most=1)
    return sum(_run(blob, is_long=True, stopping=stopping) for blob in due)


def _due(waiting: Q, *, is_long: bool, most: int) -> list[int]:
    lost = Q(state=LookState.WORKING, leased_until__lt=ClockTimestamp())
    rows = Look.objects.filter(waiting | lost, is_long=is_long, attempts__lt=ATTEMPTS)
    return list(rows.order_by("pk").values_list("blob", flat=True)[:most])


def _give_up() -> int:
    """Whose process died at every try: it is said, and not tried for ever."""
    lost = Look.objects.filter(
        state=LookState.WORKING, leased_until__lt=ClockTimestamp(), attempts__gte=ATTEMPTS
    )
    taken = [looking.take_over(blob) for blob in lost.values_list("blob", flat=True)[:AT_ONCE]]
    return sum(looking.settle(one, looking.Failed("crashed")) for one in taken if one)


def _run(blob_id: int, *, is_long: bool, stopping: Callable[[], bool]) -> bool:
    lease = looking.claim(blob_id, is_long=is_long)
    if lease is None:
        return False
    try:
        with running.folder(folder()) as at:
            looking.settle(lease, _looked(lease, at, stopping))
    except running.Unwanted:
        looking.release(lease, tried=False)
    except NoRoom:
        log.warning("no_room_to_look", blob=blob_id)
        looking.release(lease, tried=False)
        return False
    except Unshowable as reason:
        _not_shown(lease, reason.code)
    except OSError as error:
        log.warning("look_failed", blob=blob_id, exc_info=error)
        _not_shown(lease, "gone" if isinstance(error, FileNotFoundError) else "crashed")
    return True


def _not_shown(lease: Lease, code: str) -> None:
    if code == "no_picture":
        looking.settle(lease, looking.Nothing())
    elif code in _SURE or lease.attempts >= ATTEMPTS:
        looking.settle(lease, looking.Failed(code))
    else:
        looking.release(lease, tried=True)


def _looked(lease: Lease, at: Path, stopping: Callable[[], bool]) -> looking.Outcome:
    blob = Blob.objects.get(pk=lease.blob_id)
    if lease.look.kind != LookKind.OTHER and disk.room() < running.largest(lease.step, blob.size):
        raise NoRoom
    source = _source(blob, at)
    if not lease.look.is_long:
        with source.open("rb") as file:
            lease.scan = scanning.scan(file)
        if lease.scan == Scan.INFECTED:
            return looking.Failed("infected")
        if lease.look.kind == LookKind.OTHER:
            return looking.Nothing()
    seen = _seen(lease, source, at, stopping)
    if lease.look.kind == LookKind.FILM and not lease.look.is_long:
        if _is_too_long(lease.blob_id, seen.found.seconds):
            return looking.Shown(seen, code="too_long")
        return looking.Shown(seen, leaves="film")
    return looking.Shown(seen)


def _is_too_long(blob_id: int, seconds: float) -> bool:
    """Whether every channel that it came by has said so: browsers cannot measure every film before
    it is sent."""
    channels = Channel.objects.filter(messages__attachments__blob=blob_id).distinct()
    most = [
        registry.adapter_for(channel.kind).longest_film(channel.pk)
        for channel in channels
        if channel.kind in registry.kinds()
    ]
    return bool(most) and all(one is not None and seconds > one + SPARED for one in most)


def _seen(lease: Lease, source: Path, at: Path, stopping: Callable[[], bool]) -> Seen:
    made = at / "made"
    made.mkdir(mode=0o700)
    with source.open("rb") as file:
        seen = running.look(
            file,
            step=lease.step,
            kind=lease.look.type,
            at=made,
            is_wanted=partial(_is_wanted, lease, stopping),
        )
    doors.note(seen.left_open)
    return seen


def _is_wanted(lease: Lease, stopping: Callable[[], bool]) -> bool:
    return not stopping() and lease.renew()


def _source(blob: Blob, at: Path) -> Path:
    """A real file with the bytes. Raises Unshowable where they are gone."""
    if blob.pruned_at is not None:
        raise Unshowable("gone")
    if blob.content is None:
        return blob.path
    small = at / "source"
    small.write_bytes(bytes(blob.content))
    return small
