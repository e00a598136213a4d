"""Record what arrived, before anything else happens to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from conversations.faults import failpoint
from conversations.models import Blob, Channel, Receipt, ReceiptState
from conversations.wake import PROCESS_RECEIPT, wake_on_commit


def record(
    channel: Channel,
    external_id: str,
    body: bytes,
    *,
    envelope: Mapping[str, object] | None = None,
    is_history: bool = False,
    wakes: bool = True,
) -> Receipt:
    """Store a raw event, once per (channel, external id), and wake a worker after commit.

    When this returns outside a transaction the bytes are safe: only then acknowledge. A second
    event with the same id returns the first's receipt. Raises OSError or a database error when
    nothing could be kept; tell the sender to try again.
    """
    with transaction.atomic():
        receipt, is_new = _insert(channel, external_id, body, dict(envelope or {}), is_history)
        if is_new:
            if wakes:
                Channel.objects.filter(pk=channel.pk).update(
                    last_in_at=Now(), last_contact_at=Now()
                )
            else:  # taken in by the same transaction
                channel.note_traffic("last_in_at")
            if wakes and not is_history:
                wake_on_commit(PROCESS_RECEIPT, receipt.pk)
        failpoint("receipt.before_commit")
    failpoint("receipt.after_commit")
    return receipt


def _insert(
    channel: Channel, external_id: str, body: bytes, envelope: dict[str, object], is_history: bool
) -> tuple[Receipt, bool]:
    known = Receipt.objects.filter(channel=channel, external_id=external_id).first()
    if known:
        return known, False
    receipt = Receipt(
        channel=channel,
        external_id=external_id,
        blob=Blob.objects.keep(body),
        envelope=envelope,
        is_history=is_history,
    )
    try:
        with transaction.atomic():
            receipt.save(force_insert=True)
    except IntegrityError:  # it came twice at once
        return Receipt.objects.get(channel=channel, external_id=external_id), False
    return receipt, True


def content_key(body: bytes) -> str:
    """The external id of an event that brings none: the hash of its bytes."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def quarantine(
    receipt: Receipt, code: str, *, words: str = "", params: Mapping[str, object] | None = None
) -> None:
    """Set a receipt aside with its reason. Its raw bytes are never pruned."""
    Receipt.objects.filter(pk=receipt.pk).update(
        state=ReceiptState.QUARANTINED,
        reason_code=code,
        reason_params=dict(params or {}),
        reason_words=words[:4000],
        processed_at=Now(),
    )


def replay(receipt: Receipt) -> None:
    """Put a quarantined receipt back in line, after a fix."""
    Receipt.objects.filter(pk=receipt.pk, state=ReceiptState.QUARANTINED).update(
        state=ReceiptState.STORED, attempts=0, reason_code="", reason_params={}, reason_words=""
    )
    wake_on_commit(PROCESS_RECEIPT, receipt.pk)
