"""Tell a customer by itself that their message has arrived. Never a machine, never twice a day."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from conversations import outbox
from conversations.adapters import registry
from conversations.adapters.base import ChannelAdapter, Unavailable
from conversations.adapters.messages import Grade, Origin, RecipientRole
from conversations.models import (
    AutomaticAnswer,
    Case,
    Channel,
    Conversation,
    Identity,
    Kind,
    Message,
    Recipient,
    Status,
)
from conversations.services import threads
from conversations.services.envelopes import sender_of
from conversations.services.subjects import references_of, subject_of

if TYPE_CHECKING:
    from conversations.services.arrivals import Arrival

MOST_AN_HOUR = 20
"""Automatic messages in one conversation: an end to every loop, whoever keeps it going."""
_PLAIN_NAME = re.compile(r"[^\W\d_][^\d_/:@<>]{0,59}")


def give(
    arrival: Arrival, conversation: Conversation, case: Case, *, is_opening: bool = True
) -> Message | None:
    """Answer a message that asks for it, or the one that opened a case, where that is wanted and
    does no harm.

    It is the system's: nobody's waiting ends with it, and the list goes on to show the
    customer's words.
    """
    adapter = registry.adapter_for(arrival.channel.kind)
    if not _may_be_answered(arrival, case):
        return None
    asked = _asked_for(adapter, arrival, case)
    text = asked or (_text(adapter, arrival.channel, case) if is_opening else "")
    if not text or not _is_reachable(adapter, arrival) or _is_looping(conversation):
        return None
    identity = arrival.identity
    # what they ask for they get each time
    if not (
        asked or AutomaticAnswer.objects.claim(kind=identity.kind, address=_mailbox(identity.value))
    ):
        return None
    message = threads.add(conversation, _message(adapter, arrival, case, text))
    outbox.enqueue(
        message,
        channel=arrival.channel,
        recipients=[_recipient(identity)],
        sender=sender_of(adapter, arrival.channel, ""),
    )
    return message


def _asked_for(adapter: ChannelAdapter, arrival: Arrival, case: Case) -> str:
    language = case.conversation.customer.language or arrival.channel.language
    return adapter.answer_at_once(
        channel_id=arrival.channel.pk, message=arrival.message, language=language
    )


def _may_be_answered(arrival: Arrival, case: Case) -> bool:
    said = arrival.message
    return (
        said.origin is Origin.PERSON
        and said.is_answerable
        and said.grade is not Grade.FAIL
        and not arrival.is_history
        and not arrival.identity.is_shared
        and case.status == Status.OPEN
    )


def _text(adapter: ChannelAdapter, channel: Channel, case: Case) -> str:
    """A sender's own words are not sent to whom they may have invented: names alone, and plain."""
    customer = case.conversation.customer
    language = customer.language or channel.language
    template = adapter.first_answer(channel_id=channel.pk, language=language)
    name = customer.name if _PLAIN_NAME.fullmatch(customer.name) else ""
    filled = template.replace("{name}", name).replace("{number}", str(case.number))
    return re.sub(r" +(?=[,!])", "", filled).strip()


def _is_reachable(adapter: ChannelAdapter, arrival: Arrival) -> bool:
    identity = arrival.identity
    answer = adapter.availability(
        channel=arrival.channel, address=identity.address, at=timezone.now()
    )
    return identity.kind == adapter.identity_kind and not isinstance(answer, Unavailable)


def _mailbox(address: str) -> str:
    """`x@y` of `x+tag@y`: tags are free to invent, and all of them arrive in one mailbox."""
    local, at, domain = address.partition("@")
    return f"{local.partition('+')[0] or local}@{domain}" if at else address


def _is_looping(conversation: Conversation) -> bool:
    lately = conversation.messages.filter(
        kind=Kind.MESSAGE, is_system=True, sorted_at__gt=conversation.now - timedelta(hours=1)
    )
    return lately.count() >= MOST_AN_HOUR


def _message(adapter: ChannelAdapter, arrival: Arrival, case: Case, text: str) -> Message:
    client_id = uuid.uuid4()
    identity = arrival.identity
    to = {"role": RecipientRole.TO, "address": identity.value, "name": identity.name}
    return Message(
        case=case,
        channel=arrival.channel,
        kind=Kind.MESSAGE,
        is_system=True,
        subject=subject_of(case, adapter)[:998],
        text=text,
        folded=adapter.signature(channel_id=arrival.channel.pk, author=""),
        addressees=[to],
        message_id=adapter.message_key(token=case.reply_token, client_id=client_id.hex),
        references=references_of(case, adapter.kind),
        client_id=client_id,
    )


def _recipient(identity: Identity) -> Recipient:
    return Recipient(
        role=RecipientRole.TO, address=identity.value, name=identity.name, identity=identity
    )
