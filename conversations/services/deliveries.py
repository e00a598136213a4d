"""What an agent does about a delivery that went wrong."""

from __future__ import annotations

from django.db import transaction

from conversations import outbox
from conversations.adapters.messages import DeliveryReport, Outcome
from conversations.models import Agent, Case, Delivery, DeliveryState
from conversations.services import threads
from conversations.services.errors import Forbidden, Refused


def note_arrived(*, delivery_id: int, agent: Agent) -> Delivery:
    """Somebody knows that what may have arrived did. Raises Refused for one whose end is known."""
    delivery = _worked(delivery_id, agent)
    with transaction.atomic():
        if not delivery.recipients.filter(state=DeliveryState.UNKNOWN).exists():
            raise Refused("not_unknown")
        told = DeliveryReport(provider_id=delivery.key, outcome=Outcome.DELIVERED)
        outbox.apply_report(delivery.channel, told, delivery=delivery)
        message = delivery.messages.select_related("case").order_by("pk").first()
        if message is not None:
            conversation, case = threads.case_for_work(message.case_id, agent)
            threads.add_activity(conversation, case, "noted_arrived", agent=agent)
    delivery.refresh_from_db()
    return delivery


def send_again(*, delivery_id: int, agent: Agent) -> Delivery:
    """Queue a failed or unknown delivery once more, at a person's word."""
    delivery = _worked(delivery_id, agent)
    if delivery.messages.filter(redacted_at__isnull=False).exists():
        raise Refused("already_redacted")
    if not outbox.send_again(delivery):
        raise Refused("not_failed")
    delivery.refresh_from_db()
    return delivery


def _worked(delivery_id: int, agent: Agent) -> Delivery:
    """A delivery of a case that the agent works. Raises Forbidden for another's."""
    delivery = Delivery.objects.select_related("channel").get(pk=delivery_id)
    if not Case.objects.of_teams_of(agent).filter(messages__deliveries=delivery).exists():
        raise Forbidden("not_your_team")
    return delivery
