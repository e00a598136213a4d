"""What providers say about deliveries afterwards. States only climb."""

from __future__ import annotations

from django.db.models import Q

from conversations.adapters.messages import DeliveryReport, Outcome
from conversations.models import Channel, Conversation, Delivery, DeliveryState
from conversations.models.delivery import LADDER
from conversations.outbox.queue import announce
from conversations.outbox.waits import bring_back

_OUTCOMES = {
    Outcome.SENT: DeliveryState.SENT,
    Outcome.DELIVERED: DeliveryState.DELIVERED,
    Outcome.READ: DeliveryState.READ,
    Outcome.FAILED: DeliveryState.FAILED,
}


def apply_report(channel: Channel, report: DeliveryReport) -> bool:
    """Take a provider's word about a delivery. False when it names none of ours."""
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
    announce(conversation, delivery)
    delivery.refresh_from_db(fields=["state"])
    if state == delivery.state == DeliveryState.FAILED:
        bring_back(conversation, delivery)
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
