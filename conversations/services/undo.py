"""Take back a message that is still held."""

from __future__ import annotations

from django.db import transaction

from conversations import events, outbox
from conversations.models import Agent, ChangeKind, Draft, Message
from conversations.services import drafts, threads
from conversations.services.errors import Refused


def undo_send(*, message_id: int, agent: Agent) -> Draft:
    """Take back a message that is still held; its words become the draft again.

    Raises Refused("too_late") once it has left the hold.
    """
    with transaction.atomic():
        message = Message.objects.visible_to(agent).get(pk=message_id, agent=agent)
        conversation, case = threads.case_for_work(message.case_id, agent)
        deliveries = list(message.deliveries.all())
        if not deliveries or not all(outbox.cancel(delivery) for delivery in deliveries):
            raise Refused("too_late")
        Message.objects.filter(pk=message.pk).update(cancelled_at=conversation.now)
        case.reckon_wait()
        threads.reckon_preview(case)
        case.save()
        events.record_change(conversation, ChangeKind.MESSAGE, message=message)
        events.record_change(conversation, ChangeKind.CASE, case=case)
        return drafts.restore(case, agent, message.text, _fields(message))


def _fields(message: Message) -> dict[str, object]:
    by_role = {
        role: [a["address"] for a in message.addressees if a["role"] == role]
        for role in ("to", "cc", "bcc")
    }
    return {**by_role, "subject": message.subject, "channel": message.channel_id}
