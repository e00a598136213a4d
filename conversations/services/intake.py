"""Understand a stored receipt: who wrote, in which case, and what that changes."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Now

from conversations import receipts
from conversations.adapters import registry
from conversations.adapters.base import Malformed
from conversations.adapters.messages import (
    DeliveryReport,
    Event,
    Grade,
    InboundMessage,
    Origin,
    RawEvent,
)
from conversations.faults import failpoint
from conversations.models import (
    Case,
    Channel,
    Conversation,
    Identity,
    Message,
    Participant,
    ParticipantState,
    Receipt,
    ReceiptState,
    Status,
)
from conversations.outbox import apply_report
from conversations.services import threads, which, who

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""A receipt that fails this often is set aside, so that it cannot hold up the next."""


def process(receipt_id: int) -> Receipt:
    """Take a stored receipt in, once. What cannot be understood is quarantined with its reason.

    Raises DatabaseError when the database is at fault; the receipt stays stored and is swept.
    """
    receipt = Receipt.objects.select_related("channel__team", "blob").get(pk=receipt_id)
    if receipt.state != ReceiptState.STORED:
        return receipt
    try:
        take_in(receipt, normalize(receipt))
    except DatabaseError:
        raise
    except (Malformed, registry.NotInstalled) as error:
        code = error.code if isinstance(error, Malformed) else "not_installed"
        receipts.quarantine(receipt, code, words=str(error))
    except Exception as error:  # noqa: BLE001 -- a poison event must not stop the next one
        _count_failure(receipt, error)
    receipt.refresh_from_db()
    return receipt


def normalize(receipt: Receipt) -> Sequence[Event]:
    """A receipt's events in canonical form; nothing is stored. Raises Malformed."""
    adapter = registry.adapter_for(receipt.channel.kind)
    failpoint("intake.before_normalize")
    raw = RawEvent(
        body=receipt.blob.read(),
        received_at=receipt.received_at,
        envelope=receipt.envelope,
        own_addresses=registry.own_addresses(),
    )
    events = adapter.normalize(raw)
    failpoint("intake.after_normalize")
    return events


def take_in(receipt: Receipt, events: Sequence[Event]) -> None:
    """Store a receipt's events, all or none, in one transaction."""
    with transaction.atomic():
        if not _is_mine(receipt):
            return
        cases = [_take(receipt, event) for event in events]
        case = next((case for case in cases if case is not None), None)
        Receipt.objects.filter(pk=receipt.pk).update(
            state=ReceiptState.PROCESSED, processed_at=Now(), case=case
        )
        failpoint("intake.before_commit")
    failpoint("intake.after_commit")


def _is_mine(receipt: Receipt) -> bool:
    locked = Receipt.objects.select_for_update().get(pk=receipt.pk)
    return locked.state == ReceiptState.STORED


def _count_failure(receipt: Receipt, error: Exception) -> None:
    Receipt.objects.filter(pk=receipt.pk).update(attempts=F("attempts") + 1)
    receipt.refresh_from_db(fields=["attempts"])
    log.exception("receipt_failed", receipt=receipt.pk, attempts=receipt.attempts)
    if receipt.attempts >= ATTEMPTS:
        words = "".join(traceback.format_exception(error)[-3:])
        receipts.quarantine(receipt, "crashed", words=words)


def _take(receipt: Receipt, event: Event) -> Case | None:
    if isinstance(event, DeliveryReport):
        apply_report(receipt.channel, event)
        return None
    return take_message(receipt.channel, event, receipt=receipt)


def take_message(
    channel: Channel, message: InboundMessage, *, receipt: Receipt | None = None
) -> Case:
    """Put one inbound message where it belongs and say so. Call inside a transaction."""
    identity = who.identify(message.sender, grade=message.grade, language=message.language)
    reference = which.referenced(message, identity)
    stranger = reference is not None and not _owns(identity, reference)
    if stranger and reference is not None:
        return _take_from_stranger(channel, message, identity, reference, receipt)
    conversation = who.conversation_of(identity, message=message, reference=reference)
    known = _known(conversation, message)
    if known is not None:
        return known.case
    return _take_from_customer(channel, message, identity, conversation, reference, receipt)


def _owns(identity: Identity, case: Case) -> bool:
    customer = case.conversation.customer
    if identity.is_shared:
        return customer.via_id == identity.pk
    return identity.customer_id in {customer.pk, *customer.merged.values_list("pk", flat=True)}


def _known(conversation: Conversation, message: InboundMessage) -> Message | None:
    """One Message-ID in one conversation is one message, whichever address it reached."""
    if not message.message_id:
        return None
    return (
        Message.objects.select_related("case")
        .filter(conversation=conversation, message_id=message.message_id, identity__isnull=False)
        .first()
    )


def _take_from_customer(
    channel: Channel,
    message: InboundMessage,
    identity: Identity,
    conversation: Conversation,
    reference: Case | None,
    receipt: Receipt | None,
) -> Case:
    if receipt is not None and receipt.is_history:
        return _take_history(channel, message, identity, conversation, reference, receipt)
    case = which.choose(conversation, channel=channel, message=message, reference=reference)
    counts = message.origin is Origin.PERSON
    reopened_from = _open_up(case) if counts else None
    case.save()
    failpoint("intake.after_case")
    entry = _entry(channel, message, identity, case, receipt)
    threads.add(conversation, entry, files=message.files)
    failpoint("intake.after_message")
    threads.note_message(case, entry, channel.kind)
    if counts and not case.is_closed:
        case.wait(since=entry.sorted_at, due=entry.sorted_at + channel.reply_target)
    case.save()
    if reopened_from:
        threads.add_activity(conversation, case, "reopened", params={"from": reopened_from})
    return case


def _open_up(case: Case) -> str:
    """A customer's message ends a resolution or a snooze; spam stays spam."""
    before = case.status
    if before not in {Status.RESOLVED, Status.SNOOZED}:
        return ""
    case.status, case.resolved_at, case.snoozed_until = Status.OPEN, None, None
    return before


def _take_history(
    channel: Channel,
    message: InboundMessage,
    identity: Identity,
    conversation: Conversation,
    reference: Case | None,
    receipt: Receipt,
) -> Case:
    """Imported mail: a resolved case with the original dates; no clock, nobody is told."""
    at = min(message.sent_at or conversation.now, conversation.now)
    case = reference or which.new_case(
        conversation, channel=channel, topic=which.topic_of(message), at=at
    )
    if case.pk is None:
        case.status, case.resolved_at = Status.RESOLVED, at
        case.save()
    entry = _entry(channel, message, identity, case, receipt)
    entry.sorted_at = at
    threads.add(conversation, entry, files=message.files)
    threads.note_message(case, entry, channel.kind)
    if case.status == Status.RESOLVED:
        case.resolved_at = max(case.resolved_at or at, at)
    case.save()
    return case


def _take_from_stranger(
    channel: Channel,
    message: InboundMessage,
    identity: Identity,
    reference: Case,
    receipt: Receipt | None,
) -> Case:
    """Somebody else quotes a case: they speak in it under their own name, and open nothing."""
    conversation = Conversation.objects.locked(reference.conversation_id)
    case = Case.objects.get(pk=reference.pk)
    known = _known(conversation, message)
    if known is not None:
        return known.case
    invited = message.grade is not Grade.FAIL and which.was_invited(identity, case)
    state = ParticipantState.CONFIRMED if invited else ParticipantState.UNCONFIRMED
    participant, _ = Participant.objects.get_or_create(
        case=case, identity=identity, defaults={"state": state}
    )
    entry = _entry(channel, message, identity, case, receipt)
    entry.is_unconfirmed = participant.state == ParticipantState.UNCONFIRMED
    counts = not entry.is_unconfirmed and message.origin is Origin.PERSON
    reopened_from = _open_up(case) if counts else None
    threads.add(conversation, entry, files=message.files)
    threads.note_message(case, entry, channel.kind)
    if counts and not case.is_closed:
        case.wait(since=entry.sorted_at, due=entry.sorted_at + channel.reply_target)
    case.save()
    if reopened_from:
        threads.add_activity(conversation, case, "reopened", params={"from": reopened_from})
    return case


def _entry(
    channel: Channel,
    message: InboundMessage,
    identity: Identity,
    case: Case,
    receipt: Receipt | None,
) -> Message:
    return Message(
        case=case,
        channel=channel,
        identity=identity,
        author_name=message.sender.name[:200],
        grade=message.grade,
        origin=message.origin,
        subject=message.subject[:998],
        text=message.text,
        folded=message.folded,
        html=message.html,
        params=dict(message.details),
        addressees=[
            {"role": a.role, "address": a.address.value, "name": a.address.name}
            for a in message.addressees[:200]
        ],
        message_id=message.message_id[:998],
        references=[reference[:998] for reference in message.references[:50]],
        receipt=receipt,
        sent_at=message.sent_at,
    )


def sweep(limit: int = 100) -> int:
    """Process receipts whose wake was lost, live ones first, then history. Returns how many.

    Each sweep counts as an attempt before it begins, so that a receipt which kills its process
    is quarantined in the end.
    """
    due = (
        Receipt.objects.filter(state=ReceiptState.STORED)
        .filter(_is_due())
        .order_by("is_history", "received_at", "id")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_sweep_one(pk) for pk in list(due))


def _is_due():  # type: ignore[no-untyped-def]  # noqa: ANN202
    from django.db.models import Q

    return Q(is_history=True) | Q(received_at__lt=Now() - settings.WAKE_GRACE)


def _sweep_one(pk: int) -> int:
    with transaction.atomic():
        receipt = (
            Receipt.objects.select_for_update(skip_locked=True)
            .filter(pk=pk, state=ReceiptState.STORED)
            .first()
        )
        if receipt is None:
            return 0
        receipt.attempts += 1
        receipt.save(update_fields=["attempts"])
    if receipt.attempts > ATTEMPTS:
        receipts.quarantine(receipt, "killed", words="")
    else:
        process(pk)
    return 1
