"""How an attempt ends: sent, failed, to be tried again, unknown. All writes are under the lease."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.adapters.base import ChannelAdapter, OutcomeUnknown, Sent, TransientFailure
from conversations.faults import failpoint
from conversations.models import Channel, ClockTimestamp, Conversation, DeliveryState
from conversations.outbox import reach, reports, whose
from conversations.outbox.leases import Lease
from conversations.outbox.queue import announce
from conversations.outbox.waits import bring_back, let_go

FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


def settle_sent(lease: Lease, sent: Sent) -> DeliveryState | None:
    """The provider accepted, for all recipients or some. None when the lease was lost meanwhile."""
    sending = lease.delivery.recipients.filter(state=DeliveryState.SENDING)
    everybody = {recipient.address for recipient in sending}
    if everybody <= set(sent.refused):
        code, words = next(iter(sent.refused.values()))
        reason = {"reason_code": code, "reason_params": {}, "reason_words": words}
        return DeliveryState.FAILED if _settle(lease, DeliveryState.FAILED, reason, sent) else None
    failpoint("outbox.before_settle")
    changes = {
        "provider_id": sent.provider_id,
        "sent_at": ClockTimestamp(),
        "reason_code": "",
        "reason_words": "",
    }
    if not _settle_under_its_id(lease, changes, sent):
        return None
    Channel.objects.filter(pk=lease.delivery.channel_id).update(last_out_at=ClockTimestamp())
    failpoint("outbox.after_settle")
    reports.hear_what_waited(lease.delivery.channel, sent.provider_id)
    return DeliveryState.SENT


def _settle_under_its_id(lease: Lease, changes: dict[str, Any], sent: Sent) -> bool:
    """A provider that gives an id twice took the message all the same: it is not sent again."""
    try:
        return _settle(lease, DeliveryState.SENT, changes, sent)
    except IntegrityError:
        return _settle(lease, DeliveryState.SENT, {**changes, "provider_id": ""}, sent)


def fail(
    lease: Lease, code: str, *, words: str = "", params: Mapping[str, object] | None = None
) -> DeliveryState | None:
    return end(lease, DeliveryState.FAILED, code, words, params)


def unknown(lease: Lease, adapter: ChannelAdapter, failure: OutcomeUnknown) -> DeliveryState | None:
    """Where a repeat carries the same id it is tried again; elsewhere a person decides."""
    if adapter.describe().resends_safely:
        again = TransientFailure(failure.code, words=failure.words)
        return retry(lease, again, may_have_left=True)
    return end(lease, DeliveryState.UNKNOWN, failure.code, failure.words, failure.params)


def end(
    lease: Lease,
    state: DeliveryState,
    code: str,
    words: str = "",
    params: Mapping[str, object] | None = None,
) -> DeliveryState | None:
    """Settle for good. None when the lease was lost meanwhile."""
    reason = {"reason_code": code, "reason_params": dict(params or {}), "reason_words": words}
    return state if _settle(lease, state, reason) else None


def retry(
    lease: Lease, failure: TransientFailure, *, may_have_left: bool = False
) -> DeliveryState | None:
    """Back into the queue with a pause; after a day of trying it is a failure."""
    delivery = lease.delivery
    if timezone.now() - delivery.created_at > GIVE_UP_AFTER:
        return fail(lease, "gave_up", words=failure.words)
    changes: dict[str, object] = {
        "due_at": ClockTimestamp() + pause(delivery.attempts, failure.retry_after),
        "reason_code": failure.code,
        "reason_words": failure.words,
    }
    if not may_have_left:
        changes["called_at"] = None
    return DeliveryState.QUEUED if _settle(lease, DeliveryState.QUEUED, changes) else None


def _settle(
    lease: Lease,
    state: DeliveryState,
    changes: Mapping[str, Any],
    sent: Sent | None = None,
) -> bool:
    """Write an end under the lease and say so; False when the lease was lost meanwhile."""
    with transaction.atomic():
        conversation = whose.thread_of(lease.delivery)
        # a merge leaves a delivery behind whose line is taken; it follows once it has ended
        changes = {**changes, "conversation": conversation}
        mine = lease.rows().update(state=state, lease_token=None, leased_until=None, **changes)
        if not mine:
            return False
        code, words = changes.get("reason_code", ""), changes.get("reason_words", "")
        if sent is not None:
            _note_refused(lease, conversation, sent)
        _mark(lease, state, code, words)
        announce(conversation, lease.delivery)
        if state == DeliveryState.FAILED:
            bring_back(conversation, lease.delivery)
        elif lease.delivery.is_scheduled:
            let_go(conversation, lease.delivery)
    return True


def _note_refused(lease: Lease, conversation: Conversation, sent: Sent) -> None:
    for address, (code, words) in sent.refused.items():
        _mark(lease, DeliveryState.FAILED, code, words, address=address)
        if address in sent.gone:
            reach.judge(conversation, [address], code)


def _mark(
    lease: Lease, state: DeliveryState, code: str, words: str, *, address: str | None = None
) -> None:
    sending = lease.delivery.recipients.filter(state=DeliveryState.SENDING)
    if address is not None:
        sending = sending.filter(address=address)
    sending.update(state=state, reason_code=code, reason_words=words)


def pause(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to wait before the next attempt: doubling with jitter, or what the provider asks."""
    if retry_after is not None:
        return timedelta(seconds=max(1.0, retry_after))
    longest = min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
    return timedelta(seconds=longest.total_seconds() * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, not a secret
