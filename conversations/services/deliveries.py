"""What an agent does about a delivery that went wrong."""

from __future__ import annotations

from conversations import outbox
from conversations.models import Agent, Case, Delivery
from conversations.services.errors import Forbidden, Refused


def send_again(*, delivery_id: int, agent: Agent) -> Delivery:
    """Queue a failed or unknown delivery once more, under the same id."""
    delivery = Delivery.objects.get(pk=delivery_id)
    cases = Case.objects.of_teams_of(agent).filter(messages__deliveries=delivery)
    if not cases.exists():
        raise Forbidden("not_your_team")
    if delivery.messages.filter(redacted_at__isnull=False).exists():
        raise Refused("already_redacted")
    if not outbox.send_again(delivery):
        raise Refused("not_failed")
    delivery.refresh_from_db()
    return delivery
