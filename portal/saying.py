"""Take a customer's words: receipt and intake in one transaction, once per the form's number."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import DatabaseError, DataError, transaction
from django.db.models import Case as If
from django.db.models import F, Value, When
from django.db.models.functions import Now

from conversations import disk, receipts
from conversations.adapters import parcels
from conversations.adapters.messages import File
from conversations.models import BlockedSender, Channel, Receipt, ReceiptState
from conversations.services import intake
from conversations.services.errors import Refused
from conversations.services.filenames import display_name, sniffed_type
from portal import channel as channels
from portal import entries, limits
from portal.models import Session

log = structlog.get_logger(__name__)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`number` is the form's own: what it says is taken once."""

    number: uuid.UUID
    text: str
    files: Sequence[File] = ()
    language: str = ""


def say(session: Session, words: Words) -> Receipt:
    """Keep what a form says. Raises Refused when nothing was kept."""
    channel = channels.current()
    _refuse(session, channel, words)
    try:
        return _say(session, channel, words)
    except DataError as error:
        return _set_aside(session, channel, words, error)
    except (DatabaseError, OSError) as error:
        log.warning("portal_could_not_keep", error=str(error))
        raise Refused("try_again") from error
    except Exception as error:  # noqa: BLE001 -- kept, and looked at by the sweep
        return _set_aside(session, channel, words, error)


def _refuse(session: Session, channel: Channel, words: Words) -> None:
    if not channel.is_active or BlockedSender.objects.covers(session.identity.value):
        raise Refused("closed")
    if not (words.text.strip() or words.files):
        raise Refused("empty")
    if len(words.text) > limits.TEXT:
        raise Refused("too_long", most=limits.TEXT)
    if len(words.files) > limits.FILES:
        raise Refused("too_many_files", most=limits.FILES)
    if any(file.size > limits.FILE_SIZE for file in words.files):
        raise Refused("files_too_large", most=limits.FILE_SIZE)
    if words.files and disk.room() < sum(file.size for file in words.files):
        raise Refused("no_room")
    if not _may_say(session):
        raise Refused("too_fast")


def _may_say(session: Session) -> bool:
    """One more in this minute, counted on the session's own row."""
    mine = Session.objects.filter(pk=session.pk)
    is_new_minute = When(said_since__gt=Now() - MINUTE, then=F("said") + 1)
    since = When(said_since__gt=Now() - MINUTE, then=F("said_since"))
    mine.update(said=If(is_new_minute, default=Value(1)), said_since=If(since, default=Now()))
    return mine.filter(said__lte=limits.PER_MINUTE).exists()


def _say(session: Session, channel: Channel, words: Words) -> Receipt:
    with transaction.atomic():
        receipt = _record(session, channel, words, wakes=False)
        if receipt.state == ReceiptState.STORED:
            intake.take_in(receipt, intake.normalize(receipt))
            receipt.refresh_from_db()
        return receipt


def _set_aside(session: Session, channel: Channel, words: Words, error: Exception) -> Receipt:
    """What cannot be understood is kept as it came; the sweep tries, and quarantines in the end."""
    log.error("portal_not_understood", session=session.pk, exc_info=error)
    return _record(session, channel, words, wakes=True)


def _record(session: Session, channel: Channel, words: Words, *, wakes: bool) -> Receipt:
    external_id = f"{session.identity_id}:{words.number.hex}"
    known = Receipt.objects.filter(channel=channel, external_id=external_id).first()
    if known is not None:
        return known
    identity, case = session.identity, entries.case_of(session)
    envelope = {
        "kind": identity.kind,
        "value": identity.value,
        "name": identity.name,
        "language": words.language,
        "token": case.reply_token if case else "",
        "files": [{"name": f.name, "type": f.type, "size": f.size} for f in words.files],
    }
    frame = json.dumps({"id": str(words.number), "text": words.text})
    body = parcels.packed(frame, words.files)
    return receipts.record(channel, external_id, body, envelope=envelope, wakes=wakes)


def file_of(name: str, claimed: str, content: bytes) -> File:
    """A file as a form brought it, by a safe name and the type of its bytes."""
    return File(name=display_name(name), type=sniffed_type(content, claimed), content=content)
