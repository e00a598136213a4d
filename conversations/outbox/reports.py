"""What providers say about deliveries afterwards. States only climb."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from conversations.adapters.messages import DeliveryReport, Outcome
from conversations.models import Channel, Delivery, DeliveryState, Recipient, WaitingReport
from conversations.models.delivery import ARRIVED, LADDER
from conversations.outbox import reach, waiting, whose
from conversations.outbox.queue import announce
from conversations.outbox.waits import bring_back

AT_ONCE = 50
_OUTCOMES = {
    Outcome.SENT: DeliveryState.SENT,
    Outcome.DELIVERED: DeliveryState.DELIVERED,
    Outcome.READ: DeliveryState.READ,
    Outcome.FAILED: DeliveryState.FAILED,
}


def apply_report(
    channel: Channel, report: DeliveryReport, *, delivery: Delivery | None = None
) -> Delivery | None:
    """Take a provider's word about a delivery. None when it names none of ours.

    `delivery` is for a report that names none itself. Locks the thread, then the delivery, then
    its recipients: the order in which a claim takes them.
    """
    delivery = delivery or whose.named(channel, report.provider_id, report.key)
    if delivery is None:
        _wait(channel, report)
        return None
    conversation = whose.thread_of(delivery)
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if report.key == delivery.key and not delivery.provider_id:
        Delivery.objects.filter(pk=delivery.pk).update(provider_id=report.provider_id)
    state = _OUTCOMES.get(report.outcome)
    told = [one.address for one in _meant(delivery, report) if _note(one, report, state)]
    if state is not None:
        _follow_recipients(delivery, report)
    announce(conversation, delivery)
    if report.ends_address or state in {DeliveryState.DELIVERED, DeliveryState.READ}:
        reach.judge(conversation, told, report.code if report.ends_address else "")
    delivery.refresh_from_db(fields=["state"])
    if state == delivery.state == DeliveryState.FAILED:
        bring_back(conversation, delivery)
    return delivery


def _wait(channel: Channel, report: DeliveryReport) -> None:
    """Keep it for a message that may be on its way; one that was settled meanwhile hears it."""
    waiting.keep(channel, report)
    transaction.on_commit(partial(hear_what_waited, channel, report.provider_id), robust=True)


def hear_what_waited(channel: Channel, provider_id: str) -> None:
    """What was said of a message before its id was known holds from now on."""
    if whose.named(channel, provider_id) is None:
        return
    with transaction.atomic():
        for report in waiting.take(channel, provider_id):
            apply_report(channel, report)


def hear_late() -> int:
    """Whoever sent a message may have been killed before it heard what had been said of it.
    Returns of how many ids there was something to hear."""
    known = Delivery.objects.filter(
        channel=OuterRef("channel"), provider_id=OuterRef("provider_id")
    )
    late = WaitingReport.objects.filter(Exists(known)).order_by("channel_id", "provider_id")
    found = list(late.distinct("channel_id", "provider_id").select_related("channel")[:AT_ONCE])
    for report in found:
        hear_what_waited(report.channel, report.provider_id)
    return len(found)


def _meant(delivery: Delivery, report: DeliveryReport) -> list[Recipient]:
    """Whom a report is about: the only one, whatever their own server calls them."""
    rows = list(delivery.recipients.select_for_update().order_by("id"))
    named = [row for row in rows if row.address.lower() == report.recipient.lower()]
    if named or len(rows) == 1:
        return named or rows
    return [] if report.recipient or report.outcome is Outcome.FAILED else rows


def _note(recipient: Recipient, report: DeliveryReport, state: DeliveryState | None) -> bool:
    """Write a report on its recipient; whether it took them any further."""
    if state is None:
        if report.code and recipient.state in ARRIVED:
            _write(recipient, recipient.state, report)
        return False
    if _may_become(recipient.state, state):
        _write(recipient, state, report)
        return True
    return False


def _write(recipient: Recipient, state: str, report: DeliveryReport) -> None:
    recipient.state = state
    recipient.reason_code, recipient.reason_words = report.code, report.words
    recipient.save()


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
        if report.outcome is Outcome.FAILED:  # what was said before it may come after it
            Delivery.objects.filter(pk=delivery.pk).update(
                state=DeliveryState.FAILED, reason_code=report.code, reason_words=report.words
            )
        return
    standing = [DeliveryState(s) for s in states - {DeliveryState.FAILED, DeliveryState.CANCELLED}]
    lowest = min(standing, key=lambda s: LADDER[s], default=None)
    settled = {DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}
    if lowest in settled and delivery.state in settled | {DeliveryState.UNKNOWN}:
        Delivery.objects.filter(pk=delivery.pk).update(state=lowest)
