"""Take a visitor's words: receipt and intake in one transaction, and only then acknowledged."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, DataError, transaction

from channels_chat import limits, raw, trail, visitors
from channels_chat.box import VISITOR
from channels_chat.errors import Problem
from channels_chat.models import Upload, Visitor
from conversations import events, receipts
from conversations.adapters.messages import File
from conversations.models import (
    BlockedSender,
    Case,
    Conversation,
    IdentityKind,
    Kind,
    Message,
    Receipt,
    ReceiptState,
    Status,
)
from conversations.models.case import CaseQuerySet
from conversations.services import intake

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that survives from here on. `message` is None where it waits to be understood."""

    client: uuid.UUID
    message: int | None = None
    at: datetime | None = None
    thread: int | None = None
    case: int | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    frame: Mapping[str, Any]
    text: str
    client: uuid.UUID


def say(visitor: Visitor, frame: Mapping[str, Any], text: str) -> Said:
    """Keep what a frame says, once per its `id`; `text` is the frame as it came.

    Raises Problem when nothing was kept.
    """
    words = Words(frame=frame, text=text, client=_client(frame))
    if BlockedSender.objects.covers(visitor.value):
        raise Problem("blocked")
    try:
        return _say(visitor, words)
    except DataError as error:
        return _set_aside(visitor, words, error)
    except DatabaseError as error:
        log.warning("database_away", error=str(error))
        raise Problem("try_again") from error
    except Problem:
        raise
    except OSError as error:
        raise Problem("try_again") from error
    except Exception as error:  # noqa: BLE001 -- kept, and looked at by the sweep
        return _set_aside(visitor, words, error)


def _client(frame: Mapping[str, Any]) -> uuid.UUID:
    """Its id, and whether there is anything to keep."""
    try:
        client = uuid.UUID(frame.get("id"))
    except (ValueError, TypeError, AttributeError) as error:
        raise Problem("bad_frame") from error
    text, files = frame.get("text", ""), frame.get("files", [])
    if not isinstance(text, str) or not isinstance(files, list):
        raise Problem("bad_frame")
    if len(text) > limits.TEXT:
        raise Problem("too_long")
    if len(files) > limits.FILES:
        raise Problem("files_too_large")
    if not (text.strip() or files):
        raise Problem("empty")
    return client


def _say(visitor: Visitor, words: Words) -> Said:
    with transaction.atomic():
        receipt = _record(visitor, words, wakes=False)
        if receipt.state == ReceiptState.STORED:
            intake.take_in(receipt, intake.normalize(receipt))
            begin(visitor)
        return _said(receipt, words.client)


def _set_aside(visitor: Visitor, words: Words, error: Exception) -> Said:
    """What cannot be understood is kept as it came; the sweep tries, and quarantines in the end."""
    log.error("chat_not_understood", visitor=visitor.pk, exc_info=error)
    receipt = _record(visitor, words, wakes=True)
    return _said(receipt, words.client)


def _record(visitor: Visitor, words: Words, *, wakes: bool) -> Receipt:
    frame, external_id = words.frame, f"{visitor.value}:{words.client.hex}"
    wanted = frame.get("files", [])
    if wanted:  # what was said before took them along
        known = Receipt.objects.filter(channel=visitor.channel, external_id=external_id).first()
        if known is not None:
            return known
    uploads = _uploads(visitor, wanted) if wanted else []
    files = [File(name=u.name, type=u.type, content=u.blob.read()) for u in uploads]
    envelope = {
        "visitor": visitor.value,
        "name": visitor.name,
        "language": visitor.language,
        "token": "" if frame.get("fresh") is True else _token(visitor),
        "files": [{"name": f.name, "type": f.type, "size": f.size} for f in files],
    }
    body = raw.packed(words.text, files)
    receipt = receipts.record(visitor.channel, external_id, body, envelope=envelope, wakes=wakes)
    if uploads:
        Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    return receipt


def _uploads(visitor: Visitor, wanted: Sequence[object]) -> list[Upload]:
    """The visitor's own, in the order in which they were named."""
    try:
        numbers = [uuid.UUID(one) for one in wanted if isinstance(one, str)]
    except ValueError as error:
        raise Problem("bad_file") from error
    kept = visitor.uploads.filter(blob__pruned_at=None)  # the same bytes may have been redacted
    rows = kept.select_related("blob").filter(number__in=numbers)
    found = {upload.number: upload for upload in rows}
    if len(found) != len(wanted):
        raise Problem("bad_file")
    return [found[number] for number in numbers]


def _token(visitor: Visitor) -> str:
    """The case that this chat is about: the one that the visitor wrote in last."""
    conversation = visitors.conversation_of(visitor)
    if conversation is None:
        return ""
    last = _written_in(visitor, conversation).values_list("reply_token", "status").first()
    token, status = last or ("", "")
    return token if status != Status.SPAM else ""


def last_case(visitor: Visitor, conversation: Conversation) -> Case | None:
    mine = _written_in(visitor, conversation)
    return mine.select_related("assignee", "team", "chat_rating").first()


def _written_in(visitor: Visitor, conversation: Conversation) -> CaseQuerySet:
    """Cases that the visitor wrote in, the one where they did last first; while they have said
    nothing, the one that a link led them to."""
    mine = Case.objects.standing().filter(
        conversation=conversation, messages__identity__value=visitor.value
    )
    if visitor.case_id is not None and not mine.exists():
        opened = Case.objects.survivor_of(visitor.case_id)
        return Case.objects.standing().filter(conversation=conversation, pk=opened).order_by("pk")
    return mine.order_by("-messages__id")


def begin(visitor: Visitor) -> None:
    """With the first message the visitor is a customer, and what they read goes along: at once,
    or when a message that was set aside was understood after all."""
    if visitor.since is not None:
        return
    mine = Message.objects.filter(
        identity__kind=IdentityKind.VISITOR, identity__value=visitor.value, kind=Kind.MESSAGE
    )
    message = mine.select_related("case").in_order().first()
    if message is None:
        return
    with transaction.atomic():
        trail.copy(visitor, message)
        Visitor.objects.filter(pk=visitor.pk, since=None).update(since=message.sorted_at)
        events.nudged(VISITOR, visitor.pk)
    visitor.since = message.sorted_at


def _said(receipt: Receipt, client: uuid.UUID) -> Said:
    rows = Message.objects.filter(receipt=receipt).values_list(
        "pk", "sorted_at", "conversation", "case", "conversation__revision"
    )
    found = rows.first()
    if found is None:
        return Said(client=client)
    message, at, thread, case, revision = found
    return Said(client=client, message=message, at=at, thread=thread, case=case, revision=revision)
