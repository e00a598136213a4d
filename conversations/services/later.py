"""Messages that wait for a time which somebody chose: let go at once, or called off."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from conversations import events, outbox
from conversations.models import (
    Agent,
    Case,
    ChangeKind,
    Conversation,
    Delivery,
    DeliveryState,
    Draft,
    DraftKind,
    Message,
)
from conversations.models.message import PASSED_ON
from conversations.services import drafts, threads
from conversations.services.errors import Refused

OVER = ("sent_now", "send_undone", "redacted")
"""What agents do, by its line, to what waits for its time."""


def send_now(*, message_id: int, agent: Agent) -> Message:
    """Do not wait any longer. Raises Conflict when another agent let it go or called it off, and
    Refused("too_late") when it has gone out."""
    with transaction.atomic():
        message = Message.objects.visible_to(agent).get(pk=message_id)
        conversation, case = threads.case_for_work(message.case_id, agent)
        waiting = list(_scheduled().filter(messages=message))
        if not waiting or not all(outbox.release(delivery) for delivery in waiting):
            refuse_if_over(case, agent, message)
            raise Refused("too_late")
        case.reckon_wait()
        case.save()
        for delivery in waiting:
            outbox.announce(conversation, delivery)
        about = {"message": message.pk}
        threads.add_activity(conversation, case, "sent_now", agent=agent, params=about)
        return message


def refuse_if_over(case: Case, agent: Agent, message: Message) -> None:
    """Raises Conflict when another agent has it wait no longer."""
    threads.refuse_if_done(case, agent, OVER, message=message.pk)


def call_off(conversation: Conversation, case: Case, *, is_aside: bool = False) -> None:
    """The customer wrote, or (`is_aside`) a third party: what was written to them before they did
    must not go out any more.

    Each message's words are its author's draft again, and a line says so. Call under the thread's
    lock; the caller saves the case.
    """
    waiting = Message.objects.filter(case=case, is_aside=is_aside, deliveries__in=_scheduled())
    for message in waiting.distinct():
        if all(outbox.cancel(delivery) for delivery in message.deliveries.all()):
            take_back(conversation, case, message)
            files = message.file_names.splitlines()
            params = {"name": message.author_name, "files": files}
            code = "aside_called_off" if is_aside else "send_later_called_off"
            threads.add_activity(conversation, case, code, params=params)


def take_back(conversation: Conversation, case: Case, message: Message) -> Draft:
    """An agent's message whose deliveries were cancelled is out of the thread and a draft again."""
    if message.agent is None:
        raise ValueError("only what an agent wrote can be a draft")
    Message.objects.filter(pk=message.pk).update(cancelled_at=conversation.now)
    case.reckon_wait()
    threads.reckon_preview(case)
    case.save()
    events.record_change(conversation, ChangeKind.MESSAGE, message=message)
    events.record_change(conversation, ChangeKind.CASE, case=case)
    kind = DraftKind.ASIDE if message.is_aside else DraftKind.MESSAGE
    return drafts.restore(case, message.agent, message.text, _fields(message), kind=kind)


def _fields(message: Message) -> dict[str, object]:
    by_role = {
        role: [a["address"] for a in message.addressees if a["role"] == role]
        for role in ("to", "cc", "bcc")
    }
    passed_on = message.params.get(PASSED_ON, {})
    return {
        **by_role,
        "subject": message.subject,
        "channel": message.channel_id,
        **{name: passed_on[name] for name in ("messages", "attachments") if name in passed_on},
    }


def _scheduled() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.HELD, is_scheduled=True)
