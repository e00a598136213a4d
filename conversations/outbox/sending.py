"""One attempt: claim, ask once more whether it may go, call the provider, settle."""

from __future__ import annotations

import structlog
from django.db import DatabaseError
from django.utils import timezone

from conversations.adapters import registry
from conversations.adapters.base import (
    ChannelAdapter,
    OutcomeUnknown,
    PermanentFailure,
    TransientFailure,
    Unavailable,
)
from conversations.adapters.messages import Address, IdentityKind, OutboundMessage
from conversations.faults import failpoint
from conversations.models import DeliveryState
from conversations.outbox import ends
from conversations.outbox.building import Incomplete, build
from conversations.outbox.leases import Lease, claim
from conversations.outbox.queue import NotPublic

log = structlog.get_logger(__name__)


def deliver(delivery_id: int) -> DeliveryState | None:
    """Send one delivery if it is due. Returns where it ended, None when it was not ours to send."""
    lease = claim(delivery_id)
    if lease is None:
        return None
    try:
        adapter = registry.adapter_for(lease.delivery.channel.kind)
    except registry.NotInstalled:
        return ends.fail(lease, "not_installed")
    if lease.delivery.called_at is not None and not adapter.describe().resends_safely:
        return ends.end(lease, DeliveryState.UNKNOWN, "outcome_unknown", "")
    return _send(lease, adapter)


def _send(lease: Lease, adapter: ChannelAdapter) -> DeliveryState | None:
    try:
        refusal = _refusal(lease, adapter)
        if refusal is not None:
            return _stay(lease, refusal)
        outbound = build(lease.delivery)
    except (NotPublic, Incomplete, FileNotFoundError) as error:
        log.exception("delivery_unbuildable", delivery=lease.delivery.pk)
        return ends.fail(lease, "unbuildable", words=type(error).__name__)
    except DatabaseError:
        raise
    except Exception as error:
        log.exception("delivery_crashed", delivery=lease.delivery.pk)
        return ends.retry(lease, TransientFailure("crashed", words=type(error).__name__))
    if not lease.recheck():
        return None
    return _call(lease, adapter, outbound)


def _stay(lease: Lease, refusal: Unavailable) -> DeliveryState | None:
    """It may not go: never, or not before a certain time."""
    if refusal.until is None:
        return ends.fail(lease, refusal.code, params=refusal.params)
    left = (refusal.until - timezone.now()).total_seconds()
    return ends.retry(lease, TransientFailure(refusal.code, retry_after=left))


def _call(lease: Lease, adapter: ChannelAdapter, outbound: OutboundMessage) -> DeliveryState | None:
    failpoint("outbox.before_call")
    try:
        sent = adapter.send(outbound, adapter.config(lease.delivery.channel_id))
    except TransientFailure as failure:
        return ends.retry(lease, failure)
    except PermanentFailure as failure:
        return ends.fail(lease, failure.code, words=failure.words, params=failure.params)
    except OutcomeUnknown as failure:
        return ends.unknown(lease, adapter, failure)
    except Exception as error:
        log.exception("send_crashed", delivery=lease.delivery.pk)
        # an exception's text may quote what it was handed, a password too; its name cannot
        words = type(error).__name__
        return ends.unknown(lease, adapter, OutcomeUnknown("crashed", words=words))
    failpoint("outbox.after_call")
    return ends.settle_sent(lease, sent)


def _refusal(lease: Lease, adapter: ChannelAdapter) -> Unavailable | None:
    """Availability is asked again at the last moment: consent may have been withdrawn."""
    channel = lease.delivery.channel
    if not channel.is_active:
        return Unavailable(code="channel_off")
    for recipient in lease.delivery.recipients.filter(state=DeliveryState.SENDING):
        address = Address(kind=IdentityKind(adapter.identity_kind), value=recipient.address)
        answer = adapter.availability(channel=channel, address=address, at=timezone.now())
        if isinstance(answer, Unavailable):
            return answer
    return None
