"""Uploads as rows: who may begin one, who writes it, how far it is, and how it ends.

A writer holds the row's lease. Bytes are written and synced under the row's lock, in a transaction
of their own, so that two writers never touch the file at once, and the offset is never ahead of
the disk. No transaction is open while anybody waits for the network.
"""

from __future__ import annotations

import errno
import json
import threading
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.db.models.functions import Now

from channels_video import again, limits, links, parts, quota
from channels_video.models import Upload, UploadLink
from channels_video.refusals import Refusal
from channels_video.request import let_connections_go
from conversations import receipts
from conversations.faults import failpoint
from conversations.models import (
    Blob,
    BlockedSender,
    ClockTimestamp,
    Identity,
    Receipt,
    ReceiptState,
)
from conversations.services import previews, traces

_turns = threading.BoundedSemaphore(limits.HASHED_AT_ONCE)
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a client says of a file. `length` in bytes."""

    length: int
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who holds the lease of an upload, and how far it is."""

    upload: int
    number: UUID
    lease: UUID
    offset: int
    length: int
    expires_at: datetime

    @property
    def is_complete(self) -> bool:
        return self.offset == self.length


def link_of(token: str) -> UploadLink:
    """Raises Refusal: a link that ended was somebody's, any other token is nobody's."""
    link = links.named(token)
    if link is None:
        raise Refusal("unknown", HTTPStatus.NOT_FOUND)
    if links.state_of(link) is links.State.TAKEN_BACK:
        raise Refusal("link_ended", HTTPStatus.GONE)
    return link


# -- begin and look
def begin(link: UploadLink, wanted: Wanted) -> Upload:
    """A new upload with nothing in it. Raises Refusal."""
    largest = link.channel.video_settings.largest_size
    if wanted.length > largest:
        raise Refusal("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most=largest)
    if BlockedSender.objects.covers(link.identity.value):
        raise Refusal("blocked", HTTPStatus.FORBIDDEN)
    with transaction.atomic():
        # the same person's next one waits here until this one counts
        held = Identity.objects.select_for_update(of=("self",), no_key=True)
        now = held.annotate(now=ClockTimestamp()).get(pk=link.identity_id).now
        if link.expires_at <= now:
            raise Refusal("link_ended", HTTPStatus.GONE)
        _refuse_too_many(link, wanted.length, largest)
        upload = Upload.objects.create(
            link=link,
            name=wanted.name,
            type=wanted.type,
            length=wanted.length,
            expires_at=now + limits.UNFINISHED_KEPT,
        )
        _make_part(upload.number)
    return upload


def _refuse_too_many(link: UploadLink, length: int, largest: int) -> None:
    theirs = Upload.objects.filter(link__identity=link.identity_id)
    today = theirs.filter(created_at__gt=Now() - timedelta(days=1))
    size = today.filter(ended_at=None).aggregate(sum=Sum("length"))["sum"] or 0
    if today.count() >= limits.A_DAY or size + length > limits.SIZES_A_DAY * largest:
        raise Refusal("too_much", HTTPStatus.TOO_MANY_REQUESTS)
    under_way = theirs.filter(finished_at=None, ended_at=None)
    if under_way.count() >= limits.UNFINISHED and not _make_room(under_way):
        raise Refusal("too_many", HTTPStatus.TOO_MANY_REQUESTS)
    quota.refuse_too_much(link.channel_id, length)


def _make_room(under_way: models.QuerySet[Upload]) -> bool:
    """A client that never heard the answer to its POST asks again: the first one is nobody's."""
    never_begun = under_way.filter(offset=0, lease=None).order_by("pk").first()
    return never_begun is not None and end(never_begun)


def _make_part(number: UUID) -> None:
    try:
        parts.make(number)
    except OSError as error:
        raise _no_room(error) from error


def find(link: UploadLink, number: UUID) -> Upload:
    """One of the link's own, over or not. Raises Refusal."""
    upload = Upload.objects.filter(link=link, number=number).first()
    if upload is None:
        raise Refusal("unknown", HTTPStatus.NOT_FOUND)
    if upload.ended_at is not None or upload.failure:
        raise Refusal("over", HTTPStatus.GONE)
    return upload


# -- write
def claim(link: UploadLink, number: UUID, offset: int) -> Writer:
    """Become who writes, at this very offset. Raises Refusal while somebody else does.

    The lease of a writer who was cut off, or died, is left on the row: taking that over is what
    `resumed` counts.
    """
    lease = uuid.uuid4()
    free = Q(lease=None) | Q(leased_until__lt=ClockTimestamp())
    rows = Upload.objects.filter(
        free, link=link, number=number, offset=offset, ended_at=None, finished_at=None, failure=""
    )
    with transaction.atomic():
        rows.filter(lease__isnull=False).update(resumed=F("resumed") + 1)
        taken = rows.update(lease=lease, leased_until=ClockTimestamp() + limits.LEASE)
    upload = find(link, number)
    if not taken and not (upload.finished_at and offset == upload.length):
        raise Refusal("elsewhere", HTTPStatus.CONFLICT, again=1)
    return Writer(
        upload=upload.pk,
        number=number,
        lease=lease,
        offset=offset,
        length=upload.length,
        expires_at=upload.expires_at,
    )


def write(writer: Writer, pieces: Sequence[bytes]) -> Writer:
    """Keep the next bytes: when this returns they are safe. Raises Refusal when they are not."""
    size = sum(map(len, pieces))
    with transaction.atomic():
        upload = _held(writer)
        try:
            parts.write(writer.number, writer.offset, pieces)
        except parts.Short:
            lost = True
        except OSError as error:
            raise _no_room(error) from error
        else:
            lost = False
            upload.offset = writer.offset + size
            upload.expires_at = upload.now + limits.UNFINISHED_KEPT
            _renew(upload)
        failpoint("upload.before_commit")
    if lost:
        _fail(writer.upload, "bytes_lost")
        raise Refusal("over", HTTPStatus.GONE)
    failpoint("upload.after_commit")
    return replace(writer, offset=writer.offset + size, expires_at=upload.expires_at)


def _held(writer: Writer) -> Upload:
    """The row, locked. Raises Refusal when somebody else took the lease, or it is over."""
    rows = Upload.objects.select_for_update(of=("self",)).annotate(db_now=ClockTimestamp())
    upload = rows.filter(pk=writer.upload, lease=writer.lease).select_related("link").first()
    if upload is None or upload.offset != writer.offset:
        raise Refusal("elsewhere", HTTPStatus.CONFLICT, again=1)
    if upload.ended_at is not None or upload.link.revoked_at is not None:
        raise Refusal("over", HTTPStatus.GONE)
    upload.now = upload.db_now
    return upload


def _renew(upload: Upload) -> None:
    upload.touched_at = upload.now
    upload.leased_until = ClockTimestamp() + limits.LEASE
    upload.save(update_fields=["offset", "expires_at", "touched_at", "leased_until"])


def release(writer: Writer, *, was_cut: bool) -> None:
    """Let the next one write at once."""
    mine = Upload.objects.filter(pk=writer.upload, lease=writer.lease)
    if was_cut:
        mine.update(leased_until=Now() - limits.LEASE)
    else:
        mine.update(lease=None, leased_until=None)


def _no_room(error: OSError) -> Refusal:
    if error.errno in FULL:
        return Refusal("disk_full", HTTPStatus.INSUFFICIENT_STORAGE)
    return Refusal("busy", HTTPStatus.SERVICE_UNAVAILABLE, again=5)


# -- end
def finish(writer: Writer) -> None:
    """All bytes are there: keep them and record their arrival, once. Nothing to do a second time.

    The hash is written down first. What dies after the file was moved into the store is then
    taken up there by whoever tries again.
    """
    upload = Upload.objects.get(pk=writer.upload)
    if upload.finished_at is not None:
        return
    if not upload.sha256:
        try:
            digest = _digest(writer)
        except parts.Short as error:
            _fail(writer.upload, "bytes_lost")
            raise Refusal("over", HTTPStatus.GONE) from error
        Upload.objects.filter(pk=writer.upload, lease=writer.lease).update(sha256=digest)
    failpoint("upload.before_keep")
    try:
        with transaction.atomic():
            _finish(_held(writer))
            failpoint("upload.before_finish")
    except FileNotFoundError as error:
        _fail(writer.upload, "bytes_lost")
        raise Refusal("over", HTTPStatus.GONE) from error
    except OSError as error:
        raise _no_room(error) from error
    failpoint("upload.after_finish")


def _digest(writer: Writer) -> str:
    """In its turn, and without a connection meanwhile: a large file takes seconds. Raises Short."""
    let_connections_go()
    while not _turns.acquire(timeout=limits.TURN_SECONDS):
        _alive(writer)
    try:
        _alive(writer)
        return parts.digest(writer.number, writer.length, alive=lambda: _alive(writer))
    finally:
        _turns.release()


def _finish(upload: Upload) -> None:
    link = UploadLink.objects.select_related("channel", "identity").get(pk=upload.link_id)
    upload.blob = Blob.objects.keep_file(
        parts.path(upload.number), sha256=upload.sha256, size=upload.length
    )
    upload.receipt = receipts.record(
        link.channel,
        upload.number.hex,
        json.dumps(_said(upload)).encode(),
        envelope={**again.envelope(link), "blobs": [upload.sha256]},
    )
    upload.finished_at = upload.now
    upload.lease = upload.leased_until = None
    upload.save(update_fields=["blob", "receipt", "finished_at", "lease", "leased_until"])


def _said(upload: Upload) -> dict[str, object]:
    file = {
        "name": upload.name,
        "type": upload.type,
        "sha256": upload.sha256,
        "size": upload.length,
    }
    return {"type": "upload", "file": file, "note": upload.note, "resumed": upload.resumed}


def _alive(writer: Writer) -> None:
    mine = Upload.objects.filter(pk=writer.upload, lease=writer.lease)
    is_ours = mine.update(leased_until=ClockTimestamp() + limits.LEASE)
    let_connections_go()
    if not is_ours:
        raise Refusal("elsewhere", HTTPStatus.CONFLICT, again=1)


def end(upload: Upload, *, failure: str = "") -> bool:
    """Call an upload off; who writes it finds out with their next bytes. False when it is over."""
    with transaction.atomic():
        rows = Upload.objects.select_for_update(of=("self",))
        found = rows.filter(pk=upload.pk, finished_at=None, ended_at=None).first()
        if found is None:
            return False
        Upload.objects.filter(pk=found.pk).update(
            ended_at=Now(), failure=failure, lease=None, leased_until=None
        )
        transaction.on_commit(lambda: _take_away(found))
    return True


def _take_away(upload: Upload) -> None:
    parts.remove(upload.number)
    if upload.sha256:  # it may have died between the store and the table
        Blob.take_out(upload.sha256)


def forget(identities: Collection[int]) -> None:
    """Links that went to these open nothing more; what was half sent by them goes, and so does
    what is no message yet: it would bring them back."""
    mine = UploadLink.objects.filter(identity__in=identities)
    theirs = Upload.objects.filter(link__in=mine)
    for upload in theirs.filter(finished_at=None):
        transaction.on_commit(partial(_take_away, upload))
    asked = [again.name(link) for link in mine]
    named = Q(pk__in=theirs.values("receipt")) | Q(external_id__in=asked)
    waiting = Receipt.objects.filter(
        named, state=ReceiptState.STORED, channel__in=mine.values("channel")
    )
    traces.empty(waiting.values_list("pk", flat=True))
    blobs = list(theirs.filter(blob__isnull=False).values_list("blob", flat=True))
    mine.delete()
    for digest in previews.unheld(Blob.objects.filter(pk__in=blobs)):
        transaction.on_commit(partial(Blob.take_out, digest))


def _fail(upload: int, code: str) -> None:
    end(Upload.objects.get(pk=upload), failure=code)
