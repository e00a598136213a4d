"""Guaranteed delivery: what is to leave is a row first, and every way out of it is recorded.

A delivery is claimed with a lease by database time, the provider is called once, and the end is
settled under the lease: sent, failed, to be tried again, or unknown.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from conversations import events
from conversations.adapters import registry
from conversations.adapters.base import (
    ChannelAdapter,
    OutcomeUnknown,
    PermanentFailure,
    Sent,
    TransientFailure,
    Unavailable,
)
from conversations.adapters.messages import (
    Address,
    Addressee,
    DeliveryReport,
    File,
    IdentityKind,
    OutboundMessage,
    Outcome,
    RecipientRole,
)
from conversations.faults import failpoint
from conversations.models import (
    Channel,
    ChangeKind,
    Conversation,
    Delivery,
    DeliveryState,
    Kind,
    Message,
    Recipient,
)
from conversations.models.delivery import LADDER
from conversations.wake import DELIVER, wake_on_commit

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)


class NotPublic(ValueError):
    """A note or an activity was about to leave. It must not, by any path."""


@dataclass(frozen=True, slots=True)
class Lease:
    delivery: Delivery
    token: uuid.UUID


def enqueue(
    message: Message,
    *,
    channel: Channel,
    recipients: Iterable[Recipient],
    sender: str = "",
    hold: timedelta = timedelta(0),
) -> Delivery:
    """Write the outbox row of a message, in the message's own transaction.

    `hold` keeps it back so that it can be undone. Raises NotPublic for a note.
    """
    if message.kind != Kind.MESSAGE:
        raise NotPublic(message.pk)
    state = DeliveryState.HELD if hold else DeliveryState.QUEUED
    delivery = Delivery.objects.create(
        conversation_id=message.conversation_id,
        channel=channel,
        state=state,
        sender=sender,
        key=message.message_id or uuid.uuid4().hex,
        due_at=Now() + hold,
    )
    delivery.messages.add(message)
    for recipient in recipients:
        recipient.delivery, recipient.state = delivery, state
    Recipient.objects.bulk_create(recipients)
    if not hold:
        wake_on_commit(DELIVER, delivery.pk)
    return delivery


def claim(delivery_id: int) -> Lease | None:
    """Take the right to send a due delivery; None when it is not due or not first in its line.

    A lease that ran out after the provider was called is not taken over unless a second
    transmission would carry the same id: it becomes *unknown*.
    """
    failpoint("outbox.before_claim")
    token = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"id": delivery_id, "token": token, "lease": LEASE})
        if cursor.fetchone() is None:
            return None
        Recipient.objects.filter(
            delivery=delivery_id, state__in=[DeliveryState.HELD, DeliveryState.QUEUED]
        ).update(state=DeliveryState.SENDING)
    failpoint("outbox.after_claim")
    delivery = Delivery.objects.select_related("channel", "conversation").get(pk=delivery_id)
    return Lease(delivery, token)


_CLAIM = """
UPDATE conversations_delivery d
SET state = 'sending', lease_token = %(token)s, leased_until = clock_timestamp() + %(lease)s,
    attempts = attempts + 1
WHERE id = %(id)s
  AND ((state IN ('held', 'queued') AND due_at <= clock_timestamp())
       OR (state = 'sending' AND leased_until < clock_timestamp()))
  AND NOT EXISTS (
    SELECT 1 FROM conversations_delivery earlier
    WHERE earlier.conversation_id = d.conversation_id AND earlier.channel_id = d.channel_id
      AND earlier.id <> d.id
      AND (earlier.state = 'sending' OR (earlier.state = 'queued' AND earlier.id < d.id)))
RETURNING id
"""


def deliver(delivery_id: int) -> DeliveryState | None:
    """Send one delivery if it is due. Returns where it ended, None when it was not ours to send."""
    lease = _claim_quietly(delivery_id)
    if lease is None:
        return None
    try:
        adapter = registry.adapter_for(lease.delivery.channel.kind)
    except registry.NotInstalled:
        return _fail(lease, "not_installed")
    if lease.delivery.called_at is not None and not adapter.describe().resends_safely:
        return _end(lease, DeliveryState.UNKNOWN, "outcome_unknown", "")
    return _send(lease, adapter)


def _claim_quietly(delivery_id: int) -> Lease | None:
    """Two workers may claim two deliveries of one line at once; the constraint lets one through."""
    from django.db import IntegrityError

    try:
        return claim(delivery_id)
    except IntegrityError:
        return None


def _send(lease: Lease, adapter: ChannelAdapter) -> DeliveryState | None:
    refusal = _refusal(lease, adapter)
    if refusal is not None:
        return _fail(lease, refusal.code, **refusal.params)
    outbound = build(lease.delivery)
    if not _recheck(lease):
        return None
    failpoint("outbox.before_call")
    try:
        sent = adapter.send(outbound, adapter.config(lease.delivery.channel_id))
    except TransientFailure as failure:
        return _retry(lease, failure)
    except PermanentFailure as failure:
        return _fail(lease, failure.code, words=failure.words, **failure.params)
    except OutcomeUnknown as failure:
        return _unknown(lease, adapter, failure)
    except Exception as error:  # noqa: BLE001 -- a fault of ours must be visible, not loop
        log.exception("send_crashed", delivery=lease.delivery.pk)
        return _retry(lease, TransientFailure("crashed", words=repr(error)[:500]))
    failpoint("outbox.after_call")
    return _settle_sent(lease, sent)


def _refusal(lease: Lease, adapter: ChannelAdapter) -> Unavailable | None:
    """Availability is asked again at the last moment: consent may have been withdrawn."""
    channel = lease.delivery.channel
    if not channel.is_active:
        return Unavailable(code="channel_off")
    for recipient in lease.delivery.recipients.all():
        address = Address(kind=IdentityKind(adapter.identity_kind), value=recipient.address)
        answer = adapter.availability(channel=channel, address=address, at=timezone.now())
        if isinstance(answer, Unavailable):
            return answer
    return None


def _recheck(lease: Lease) -> bool:
    """Right before the call: is the lease still ours? From here on a lost lease means unknown."""
    is_repeat = lease.delivery.called_at is not None
    mine = _held(lease).filter(leased_until__gt=_clock())
    resends = F("resends") + 1 if is_repeat else F("resends")
    return bool(mine.update(called_at=_clock(), leased_until=_clock() + LEASE, resends=resends))


def _held(lease: Lease):  # type: ignore[no-untyped-def]  # noqa: ANN202
    return Delivery.objects.filter(
        pk=lease.delivery.pk, lease_token=lease.token, state=DeliveryState.SENDING
    )


def _clock():  # type: ignore[no-untyped-def]  # noqa: ANN202
    from conversations.models import ClockTimestamp

    return ClockTimestamp()


def build(delivery: Delivery) -> OutboundMessage:
    """What the adapter is to transmit. Raises NotPublic rather than let a note leave."""
    messages = list(delivery.messages.order_by("sorted_at", "id").select_related("case"))
    if any(message.kind != Kind.MESSAGE for message in messages):
        raise NotPublic(delivery.pk)
    first = messages[0]
    kind = IdentityKind(registry.adapter_for(delivery.channel.kind).identity_kind)
    return OutboundMessage(
        key=delivery.key,
        sender=Address(kind=kind, value=delivery.sender, name=first.author_name),
        addressees=tuple(
            Addressee(
                role=RecipientRole(r.role),
                address=Address(kind=kind, value=r.address, name=r.name),
            )
            for r in delivery.recipients.order_by("id")
        ),
        subject=first.subject,
        text="\n\n".join(_with_signature(message) for message in messages),
        html=first.html,
        reply_token=first.case.reply_token,
        references=tuple(first.references),
        files=tuple(_files(messages)),
        is_automatic=first.is_system,
    )


def _with_signature(message: Message) -> str:
    return f"{message.text}\n\n-- \n{message.folded}" if message.folded else message.text


def _files(messages: Iterable[Message]) -> Iterable[File]:
    for message in messages:
        for attachment in message.attachments.select_related("blob"):
            yield File(
                name=attachment.name,
                type=attachment.type,
                content=attachment.blob.read(),
                is_inline=attachment.is_inline,
                content_id=attachment.content_id,
            )


def _settle_sent(lease: Lease, sent: Sent) -> DeliveryState | None:
    everybody = {r.address for r in lease.delivery.recipients.all()}
    if everybody and everybody <= set(sent.refused):
        code, words = next(iter(sent.refused.values()))
        return _fail(lease, code, words=words)
    failpoint("outbox.before_settle")
    with transaction.atomic():
        conversation = Conversation.objects.locked(lease.delivery.conversation_id)
        settled = _held(lease).update(
            state=DeliveryState.SENT,
            provider_id=sent.provider_id,
            sent_at=_clock(),
            lease_token=None,
            leased_until=None,
            reason_code="",
            reason_words="",
        )
        if not settled:
            return None
        _mark_recipients(lease.delivery, DeliveryState.SENT)
        for address, (code, words) in sent.refused.items():
            lease.delivery.recipients.filter(address=address).update(
                state=DeliveryState.FAILED, reason_code=code, reason_words=words
            )
        Channel.objects.filter(pk=lease.delivery.channel_id).update(last_out_at=_clock())
        _announce(conversation, lease.delivery)
    failpoint("outbox.after_settle")
    return DeliveryState.SENT


def _fail(lease: Lease, code: str, *, words: str = "", **params: object) -> DeliveryState | None:
    return _end(lease, DeliveryState.FAILED, code, words, params)


def _unknown(
    lease: Lease, adapter: ChannelAdapter, failure: OutcomeUnknown
) -> DeliveryState | None:
    """Where a repeat carries the same id it is tried again; elsewhere a person decides."""
    if adapter.describe().resends_safely:
        return _retry(lease, TransientFailure(failure.code, words=failure.words))
    return _end(lease, DeliveryState.UNKNOWN, failure.code, failure.words, failure.params)


def _end(
    lease: Lease,
    state: DeliveryState,
    code: str,
    words: str,
    params: dict[str, object] | None = None,
) -> DeliveryState | None:
    with transaction.atomic():
        conversation = Conversation.objects.locked(lease.delivery.conversation_id)
        ended = _held(lease).update(
            state=state,
            lease_token=None,
            leased_until=None,
            reason_code=code,
            reason_params=params or {},
            reason_words=words,
        )
        if not ended:
            return None
        _mark_recipients(lease.delivery, state, code, words)
        _announce(conversation, lease.delivery)
    return state


def _mark_recipients(
    delivery: Delivery, state: DeliveryState, code: str = "", words: str = ""
) -> None:
    delivery.recipients.filter(state=DeliveryState.SENDING).update(
        state=state, reason_code=code, reason_words=words
    )


def _retry(lease: Lease, failure: TransientFailure) -> DeliveryState | None:
    delivery = lease.delivery
    if timezone.now() - delivery.created_at > GIVE_UP_AFTER:
        return _fail(lease, "gave_up", words=failure.words)
    with transaction.atomic():
        conversation = Conversation.objects.locked(delivery.conversation_id)
        queued = _held(lease).update(
            state=DeliveryState.QUEUED,
            due_at=_clock() + pause(delivery.attempts, failure.retry_after),
            lease_token=None,
            leased_until=None,
            reason_code=failure.code,
            reason_words=failure.words,
        )
        if not queued:
            return None
        _mark_recipients(delivery, DeliveryState.QUEUED, failure.code, failure.words)
        _announce(conversation, delivery)
    return DeliveryState.QUEUED


def pause(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to wait before the next attempt: doubling with jitter, or what the provider asks."""
    if retry_after is not None:
        return timedelta(seconds=max(1.0, retry_after))
    longest = min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, not a secret


def _announce(conversation: Conversation, delivery: Delivery) -> None:
    for message in delivery.messages.all():
        events.record_change(conversation, ChangeKind.DELIVERY, message=message)


def cancel(delivery: Delivery) -> bool:
    """Take back a held delivery. False when it has left the hold already."""
    cancelled = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.HELD).update(
        state=DeliveryState.CANCELLED
    )
    if cancelled:
        delivery.recipients.update(state=DeliveryState.CANCELLED)
    return bool(cancelled)


def send_again(delivery: Delivery) -> bool:
    """Queue a failed or unknown delivery anew, at a person's word. False when it is neither."""
    with transaction.atomic():
        conversation = Conversation.objects.locked(delivery.conversation_id)
        again = Delivery.objects.filter(
            pk=delivery.pk, state__in=[DeliveryState.FAILED, DeliveryState.UNKNOWN]
        ).update(
            state=DeliveryState.QUEUED,
            due_at=_clock(),
            created_at=_clock(),
            attempts=0,
            called_at=None,
            reason_code="",
            reason_words="",
        )
        if not again:
            return False
        delivery.recipients.filter(
            state__in=[DeliveryState.FAILED, DeliveryState.UNKNOWN]
        ).update(state=DeliveryState.QUEUED, reason_code="", reason_words="")
        _announce(conversation, delivery)
        wake_on_commit(DELIVER, delivery.pk)
    return True


def due(limit: int = 200) -> list[int]:
    """Ids of deliveries that should be leaving now, longest due first."""
    now = _clock()
    rows = Delivery.objects.filter(
        Q(state__in=[DeliveryState.HELD, DeliveryState.QUEUED], due_at__lte=now)
        | Q(state=DeliveryState.SENDING, leased_until__lt=now)
    )
    return list(rows.order_by("due_at", "id").values_list("pk", flat=True)[:limit])


_OUTCOMES = {
    Outcome.SENT: DeliveryState.SENT,
    Outcome.DELIVERED: DeliveryState.DELIVERED,
    Outcome.READ: DeliveryState.READ,
    Outcome.FAILED: DeliveryState.FAILED,
}


def apply_report(channel: Channel, report: DeliveryReport) -> bool:
    """Take a provider's word about a delivery. States only climb. False when it names none of ours."""
    state = _OUTCOMES.get(report.outcome)
    delivery = (
        Delivery.objects.filter(Q(provider_id=report.provider_id) | Q(key=report.provider_id))
        .filter(channel__kind=channel.kind)
        .order_by("id")
        .first()
    )
    if delivery is None:
        return False
    conversation = Conversation.objects.locked(delivery.conversation_id)
    if state is not None:
        _climb(delivery, report, state)
    _announce(conversation, delivery)
    return True


def _climb(delivery: Delivery, report: DeliveryReport, state: DeliveryState) -> None:
    rows = delivery.recipients.all()
    if report.recipient:
        rows = rows.filter(address__iexact=report.recipient)
    for recipient in rows.select_for_update():
        if _may_become(recipient.state, state):
            recipient.state = state
            recipient.reason_code, recipient.reason_words = report.code, report.words
            recipient.save()
    _follow_recipients(delivery, report)


def _may_become(before: str, after: DeliveryState) -> bool:
    if before in {DeliveryState.FAILED, DeliveryState.CANCELLED}:
        return False
    if after == DeliveryState.FAILED:
        return before != DeliveryState.READ
    return LADDER[after] > LADDER[DeliveryState(before)]


def _follow_recipients(delivery: Delivery, report: DeliveryReport) -> None:
    """A delivery is where its least advanced recipient is; failed once all have."""
    states = set(delivery.recipients.values_list("state", flat=True))
    if states == {DeliveryState.FAILED}:
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.FAILED, reason_code=report.code, reason_words=report.words
        )
        return
    standing = [DeliveryState(s) for s in states - {DeliveryState.FAILED, DeliveryState.CANCELLED}]
    lowest = min(standing, key=lambda s: LADDER[s], default=None)
    settled = {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}
    if lowest in settled and delivery.state in settled | {DeliveryState.UNKNOWN}:
        Delivery.objects.filter(pk=delivery.pk).update(state=lowest)
