"""Take back a message that is still held."""

from __future__ import annotations

from django.db import transaction

from conversations import outbox
from conversations.models import Agent, Draft, Message
from conversations.services import later, threads
from conversations.services.errors import Refused


def undo_send(*, message_id: int, agent: Agent) -> Draft:
    """Take back a message that is still held; its words become its author's draft again.

    Its author takes back what is held for a moment; what waits for a chosen time, whoever works
    the case, and a line says so. Raises Refused("too_late") once it has left the hold, Conflict
    when another agent let it go or called it off.
    """
    with transaction.atomic():
        message = Message.objects.visible_to(agent).get(pk=message_id, agent__isnull=False)
        conversation, case = threads.case_for_work(message.case_id, agent)
        deliveries = list(message.deliveries.all())
        if message.agent_id != agent.pk and not all(d.is_scheduled for d in deliveries):
            raise Message.DoesNotExist
        if not deliveries or not all(outbox.cancel(delivery) for delivery in deliveries):
            later.refuse_if_over(case, agent, message)
            raise Refused("too_late")
        draft = later.take_back(conversation, case, message)
        if any(delivery.is_scheduled for delivery in deliveries):
            about = {"message": message.pk}
            threads.add_activity(conversation, case, "send_undone", agent=agent, params=about)
        return draft
