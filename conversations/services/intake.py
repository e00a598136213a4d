"""Understand a stored receipt: who wrote, in which case, and what that changes."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import structlog
from django.conf import settings
from django.db import DatabaseError, DataError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from conversations import receipts
from conversations.adapters import apart, registry
from conversations.adapters.base import EXAMINED, Malformed
from conversations.adapters.messages import (
    DeliveryReport,
    Event,
    Grade,
    InboundMessage,
    Origin,
    RawEvent,
    SentCopy,
)
from conversations.faults import failpoint
from conversations.models import BlockedSender, Case, Channel, Identity, Receipt, ReceiptState
from conversations.outbox import apply_report
from conversations.services import (
    arrivals,
    bounced,
    claims,
    identities,
    redaction,
    sent,
    sharing,
    tombstones,
    traces,
    which,
    who,
)
from conversations.services.arrivals import Arrival

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
        examine(receipt)
        take_in(receipt, normalize(receipt))
    except DataError as error:  # what no column can hold is the event's own fault
        _count_failure(receipt, error)
    except DatabaseError:
        raise
    except (Malformed, registry.NotInstalled) as error:
        code = error.code if isinstance(error, Malformed) else "not_installed"
        receipts.quarantine(receipt, code, words=str(error))
    except Exception as error:  # noqa: BLE001 -- a poison event must not stop the next one
        _count_failure(receipt, error)
    receipt.refresh_from_db()
    return receipt


def examine(receipt: Receipt) -> None:
    """Find out once what needs the network; imported history is too old to be asked about.

    Keeps the first answer, whoever gave it. A failure is no answer, and no harm to the event.
    """
    if receipt.is_history or EXAMINED in receipt.envelope:
        return
    adapter = registry.adapter_for(receipt.channel.kind)
    try:
        found = adapter.examine(raw_event(receipt))
    except DatabaseError:
        raise
    except Exception as error:
        log.warning("receipt_not_examined", receipt=receipt.pk, exc_info=error)
        return
    if found:
        rows = Receipt.objects.filter(pk=receipt.pk).exclude(envelope__has_key=EXAMINED)
        rows.update(envelope={**receipt.envelope, EXAMINED: dict(found)})
        receipt.refresh_from_db(fields=["envelope"])


def normalize(receipt: Receipt) -> Sequence[Event]:
    """A receipt's events in canonical form; nothing is stored. Raises Malformed, or Crashed."""
    adapter = registry.adapter_for(receipt.channel.kind)
    failpoint("intake.before_normalize")
    raw = raw_event(receipt)
    events = apart.normalize(adapter, raw) if adapter.is_read_apart else adapter.normalize(raw)
    failpoint("intake.after_normalize")
    return events


def raw_event(receipt: Receipt) -> RawEvent:
    """A receipt as its adapter reads it."""
    kind = registry.adapter_for(receipt.channel.kind).identity_kind
    return RawEvent(
        body=receipt.blob.read(),
        received_at=receipt.received_at,
        envelope=receipt.envelope,
        own_addresses=registry.own_addresses(kind),
    )


def take_in(receipt: Receipt, events: Sequence[Event]) -> None:
    """Store a receipt's events, all or none, in one transaction."""
    with transaction.atomic():
        if not _is_mine(receipt):
            return
        if tombstones.covers(receipt, events):
            traces.empty([receipt.pk])
            redaction.forget_again(receipt)
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
    log.warning("receipt_failed", receipt=receipt.pk, attempts=receipt.attempts, exc_info=error)
    if receipt.attempts >= ATTEMPTS:
        words = "".join(traceback.format_exception(error)[-3:])
        receipts.quarantine(receipt, "crashed", words=words)


def _take(receipt: Receipt, event: Event) -> Case | None:
    if isinstance(event, DeliveryReport):
        apply_report(receipt.channel, event)
        return None
    if isinstance(event, SentCopy):
        return sent.take(receipt.channel, event.message, receipt=receipt)
    return take_message(receipt.channel, event, receipt=receipt)


def take_message(
    channel: Channel, message: InboundMessage, *, receipt: Receipt | None = None
) -> Case:
    """Put one inbound message where it belongs and say so. Call inside a transaction."""
    if message.origin is Origin.BOUNCE:
        return _take_bounce(channel, message, receipt)
    claims.confirm(message)
    writes_for_others = claims.claimed_sender(message) is not None
    identity = who.identify(
        message.sender,
        grade=message.grade,
        language=message.language,
        is_shared=writes_for_others,
    )
    if writes_for_others:
        identity = identities.share(identity)
    sharing.notice(identity, message)
    is_blocked = _is_blocked(message)
    reference = None if is_blocked else which.referenced(message, identity)
    arrival = Arrival(
        channel=channel,
        message=message,
        identity=identity,
        reference=reference,
        receipt=receipt,
        is_blocked=is_blocked,
    )
    if reference is not None and not _owns(identity, reference):
        return arrivals.from_stranger(arrival)
    return arrivals.from_customer(arrival)


def _is_blocked(message: InboundMessage) -> bool:
    given = claims.claimed_sender(message)
    writers = [message.sender, *([given] if given else [])]
    return any(BlockedSender.objects.covers(writer.value) for writer in writers)


def _take_bounce(channel: Channel, message: InboundMessage, receipt: Receipt | None) -> Case:
    sender = bounced.machine(message.sender)
    identity = who.identify(sender, grade=Grade.NONE, is_shared=True)
    return bounced.take(
        Arrival(
            channel=channel,
            message=message,
            identity=identity,
            reference=which.referenced(message, identity),
            receipt=receipt,
        )
    )


def _owns(identity: Identity, case: Case) -> bool:
    customer = case.conversation.customer
    if identity.customer is None:
        return customer.writes_through(identity)
    return who.survivor(identity.customer).pk == who.survivor(customer).pk


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


def _is_due() -> Q:
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
