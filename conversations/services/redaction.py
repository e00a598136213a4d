"""Take words or a file out for good: of the thread, the search, the store and the raw mail.

What stays is that somebody said something, when and in which case; who took it out, and why. A
keyed hash of the words stays too, so that the same mail, delivered again, does not bring them back.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from conversations import events, outbox
from conversations.models import (
    Agent,
    Attachment,
    Blob,
    Case,
    ChangeKind,
    Conversation,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    Receipt,
    ReceiptState,
)
from conversations.models.message import PASSED_ON
from conversations.services import keyed, later, previews, threads, topics
from conversations.services.errors import Refused
from conversations.services.quotes import quote

CAUSE_LENGTH = 200
SALT = "conversations.redaction"
UNSENT = [DeliveryState.HELD, DeliveryState.QUEUED]


def redact(
    *, message_id: int, agent: Agent, cause: str = "", attachment_id: int | None = None
) -> Message:
    """Take out a whole message or note, or one of its files. There is no way back.

    Raises Conflict where another agent did it, Refused("already_redacted") where this one did, and
    Refused("nothing_to_redact") for what is no message.
    """
    cause = " ".join(cause.split())[:CAUSE_LENGTH]
    with transaction.atomic():
        found = Message.objects.visible_to(agent).get(pk=message_id)
        conversation, case = threads.case_for_work(found.case_id, agent)
        message = Message.objects.select_for_update().get(pk=found.pk)
        if message.kind == Kind.ACTIVITY:
            raise Refused("nothing_to_redact")
        if message.redacted_at is not None:
            threads.refuse_if_done(case, agent, ["redacted"], message=message.pk)
            raise Refused("already_redacted")
        files = message.attachments.select_related("blob")
        if attachment_id is not None:
            files = files.filter(pk=attachment_id)
            if not files:
                threads.refuse_if_done(case, agent, ["file_redacted"], message=message.pk)
                raise Attachment.DoesNotExist
        else:
            topics.forget(message)
            case.refresh_from_db(fields=["topic"])
            _take_words(conversation, message)
        gone = list(files)
        _take_files(message, gone)
        said = {"redacted_by": str(agent), "redacted_cause": cause}
        _take_out_of_forwards(conversation, message, [file.blob for file in gone], said)
        message.params.update(said)
        message.save()
        _forget(_raw_of(message))
        case.reckon_wait()
        threads.reckon_preview(case)
        params: dict[str, object] = {"message": message.pk, "cause": cause}
        code = "redacted" if attachment_id is None else "file_redacted"
        threads.add_activity(conversation, case, code, agent=agent, params=params)
        events.record_change(conversation, ChangeKind.MESSAGE, message=message)
        return message


def let_files_go(message: Message, *, days: int) -> None:
    """A message's files were kept for as long as its channel says: they go, its words stay, and a
    line tells of it."""
    with transaction.atomic():
        conversation = Conversation.objects.locked_with(message.case)
        message = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        case = Case.objects.get(pk=message.case_id)
        gone = list(message.attachments.select_related("blob"))
        if not gone:
            return
        _take_files(message, gone)
        message.params["kept_days"] = days
        _take_out_of_forwards(conversation, message, [file.blob for file in gone], {})
        message.save()
        params: dict[str, object] = {"message": message.pk, "days": days}
        threads.add_activity(conversation, case, "files_let_go", params=params)
        events.record_change(conversation, ChangeKind.MESSAGE, message=message)


def _take_words(conversation: Conversation, message: Message) -> None:
    message.redacted_at = conversation.now
    message.params = {"redacted_words": _hash(message.text)}
    for name in ("subject", "text", "folded", "html"):
        setattr(message, name, "")
    for delivery in Delivery.objects.filter(messages=message, state__in=UNSENT):
        if outbox.cancel(delivery, from_states=UNSENT):
            outbox.announce(conversation, delivery)


def _take_files(message: Message, files: list[Attachment]) -> None:
    gone = [file.blob for file in files]
    hashes = [*message.params.get("redacted_files", []), *(blob.sha256 for blob in gone)]
    if gone:
        message.params["redacted_files"] = hashes
    Attachment.objects.filter(pk__in=[file.pk for file in files]).delete()
    names = message.attachments.order_by("position").values_list("name", flat=True)
    message.file_names = "\n".join(names)
    _forget(gone)


def _take_out_of_forwards(
    conversation: Conversation, message: Message, gone: Iterable[Blob], said: dict[str, str]
) -> None:
    """Out of what was handed on to third parties, too; what is still on its way there is called
    back."""
    handed_on = {f"params__{PASSED_ON}__messages__contains": [message.pk]}
    blobs = list(gone)
    forwards = Message.objects.filter(conversation=conversation, redacted_at=None, **handed_on)
    for forward in forwards.select_related("case", "channel", "agent"):
        _quote_anew(forward, without=message if message.redacted_at else None)
        files = list(forward.attachments.filter(blob__in=blobs).select_related("blob"))
        _take_files(forward, files)
        forward.params.update(said if files else {})
        forward.save()
        unsent = forward.deliveries.filter(state__in=UNSENT)
        stopped = [one for one in unsent if outbox.cancel(one, from_states=UNSENT)]
        if stopped and forward.cancelled_at is None:
            later.take_back(conversation, Case.objects.get(pk=forward.case_id), forward)
        else:
            events.record_change(conversation, ChangeKind.MESSAGE, message=forward)


def _quote_anew(forward: Message, *, without: Message | None) -> None:
    kept = forward.params[PASSED_ON]
    if without is None:
        return
    kept["messages"] = [pk for pk in kept["messages"] if pk != without.pk]
    left = Message.objects.filter(pk__in=kept["messages"], redacted_at=None)
    language = forward.channel.language if forward.channel else ""
    quoted = quote(left.select_related("identity").in_order(), language=language)
    forward.folded = "\n\n".join(part for part in (kept["signature"], quoted) if part)


def _raw_of(message: Message) -> list[Blob]:
    """The raw events that hold the message: its own, and the case's that brought it again."""
    own = Receipt.objects.filter(messages=message)
    again = Receipt.objects.filter(case=message.case_id, messages=None)
    copies = [receipt for receipt in again.select_related("blob") if _holds(receipt, message)]
    return [receipt.blob for receipt in [*own.select_related("blob"), *copies]]


def _holds(receipt: Receipt, message: Message) -> bool:
    if not message.message_id or receipt.blob.pruned_at:
        return False
    try:
        return message.message_id.encode() in receipt.blob.read()
    except FileNotFoundError:
        return False


def _forget(blobs: Iterable[Blob]) -> None:
    """Let go of bytes that nothing else holds, once this is certain."""
    for blob in blobs:
        transaction.on_commit(partial(_let_go, blob))


def _let_go(blob: Blob) -> None:
    """Raw mail goes whole, since what was taken out of a message is in it."""
    with transaction.atomic():
        Blob.objects.alone(blob.pk)
        if Attachment.objects.filter(blob=blob).exists() or _is_awaited(blob):
            return
        made = previews.forget([blob.pk])
        if Blob.objects.filter(pk=blob.pk, posters=None, previews=None).exists():
            blob.let_go()
    for digest in made:
        Blob.take_out(digest)


def _is_awaited(blob: Blob) -> bool:
    """Whether the same bytes came once more, and are no message yet: they were acknowledged."""
    is_this = Q(blob=blob) | Q(envelope__blobs__contains=[blob.sha256])
    return Receipt.objects.filter(is_this, state=ReceiptState.STORED).exists()


def is_that(message: Message, text: str, files: set[str]) -> bool:
    """Whether these words and files (SHA-256, hex) are what was taken out of a message."""
    known = str(message.params.get("redacted_words", ""))
    gone = set(message.params.get("redacted_files", []))
    if message.redacted_at is not None:
        return _is_hash_of(known, text) and files <= gone
    left = set(message.attachments.values_list("blob__sha256", flat=True))
    return bool(gone) and files == left | gone and message.text.split() == text.split()


def forget_again(receipt: Receipt | None) -> None:
    """The raw event of what came again after it was taken out."""
    if receipt is not None:
        _forget([receipt.blob])


def _is_hash_of(known: str, text: str) -> bool:
    found = keyed.digests(SALT, _words(text))
    return any(constant_time_compare(known, one) for one in found)


def _hash(text: str) -> str:
    return keyed.digest(SALT, _words(text))


def _words(text: str) -> str:
    return " ".join(text.split())
