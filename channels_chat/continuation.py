"""A chat that goes on by e-mail: what nobody saw in time leaves as one mail."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext

from channels_chat import mail, standing, visitors
from channels_chat.box import VISITOR
from channels_chat.entries import Thread
from channels_chat.models import Unseen, Visitor
from conversations import events
from conversations.adapters import registry
from conversations.adapters.messages import Address, DeliveryReport, IdentityKind, Outcome
from conversations.models import Conversation, Delivery, Message
from conversations.outbox import apply_report
from conversations.services import onward
from conversations.services.errors import Refused

MOST = 100
"""Visitors of one sweep."""


def sweep() -> int:
    """Send what waited unseen for as long as its channel lets it. Returns how many mails went."""
    delay = F("visitor__channel__chat_settings__continuation_delay")
    due = Unseen.objects.filter(asked_at=None, at__lt=Now() - delay)
    waiting = list(due.order_by("at").values_list("message__case", "visitor")[: MOST * 5])
    return sum(_send(*one) for one in list(dict.fromkeys(waiting))[:MOST])


def _send(case_id: int, visitor_id: int) -> int:
    """All that is unseen of a case, also what is younger: one mail."""
    visitor = Visitor.objects.select_related("channel__chat_settings").get(pk=visitor_id)
    conversation = visitors.conversation_of(visitor)
    if conversation is None:
        return 0
    with transaction.atomic():
        conversation = Conversation.objects.locked(conversation.pk)
        thread = Thread(visitor=visitor, conversation=conversation)
        rows = Unseen.objects.select_for_update(of=("self",)).filter(
            visitor=visitor, message__case=case_id, asked_at=None
        )
        unseen = list(rows)
        if not unseen:
            return 0
        public = Message.objects.public().filter(redacted_at=None, conversation=conversation)
        messages = public.filter(pk__in=[one.pk for one in unseen]).select_related("case")
        has_left = _leave(thread, list(messages.in_order()))
        if has_left is None:
            rows.update(asked_at=Now())
            events.nudged(VISITOR, visitor.pk)
            return 0
        Unseen.objects.filter(pk__in=[one.pk for one in unseen]).delete()
        return int(has_left)


def _leave(thread: Thread, messages: list[Message]) -> bool | None:
    """Whether anything left; None where there is nowhere to send it."""
    if not messages:
        return False
    channel = mail.channel_of(thread.visitor.channel.chat_settings)
    value, _state = standing.address_of(thread)
    if channel is None or not value:
        return None
    to = Address(kind=IdentityKind.EMAIL, value=value, name=thread.visitor.name)
    try:
        onward.send(messages, channel=channel, to=to, lead=_lead(thread))
    except (Refused, registry.NotInstalled):
        return None
    return True


def _lead(thread: Thread) -> str:
    """Somebody who asked in a chat did not ask for a mail: why it comes, in their language."""
    name = str(thread.visitor.channel.chat_settings.name or thread.visitor.channel)
    customer = thread.conversation.customer if thread.conversation else None
    language = (customer.language if customer else "") or thread.visitor.language
    with translation.override(language or thread.visitor.channel.language):
        return gettext("You asked us in the chat of %(name)s. Our answer:") % {"name": name}


def ask_again(visitor: Visitor) -> None:
    """There may be somewhere to write to now."""
    Unseen.objects.filter(visitor=visitor).update(asked_at=None)


def seen(thread: Thread, shown: QuerySet[Message], last: Message) -> None:
    """A visitor had all before their eyes up to this entry: nothing of it leaves any more."""
    if thread.conversation is None:
        return
    earlier = shown.filter(sorted_at__lte=last.sorted_at).values("pk")
    if not Unseen.objects.filter(message__in=earlier).exists():
        return
    with transaction.atomic():
        Conversation.objects.locked(thread.conversation.pk)
        rows = Unseen.objects.select_for_update(of=("self",)).filter(message__in=earlier)
        messages = [one.pk for one in rows]
        placed = Delivery.objects.filter(
            messages__in=messages, channel__kind=thread.visitor.channel.kind
        )
        for delivery in placed.distinct().select_related("channel").order_by("pk"):
            read = DeliveryReport(provider_id="", outcome=Outcome.READ)
            apply_report(delivery.channel, read, delivery=delivery)
        Unseen.objects.filter(pk__in=messages).delete()
