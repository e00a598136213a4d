"""Write to somebody first: a new case that we open."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import connection, transaction

from conversations.adapters import registry
from conversations.adapters.messages import Address, File, Grade
from conversations.models import Agent, Case, Channel, Conversation, Message, Team
from conversations.services import who
from conversations.services.envelopes import Envelope
from conversations.services.errors import Forbidden, Refused
from conversations.services.reply import Letter, write
from conversations.services.topics import clean_subject


def start(
    *,
    agent: Agent,
    channel_id: int,
    to: Sequence[str],
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    subject: str,
    text: str,
    sender: str = "",
    client_id: uuid.UUID,
    files: Iterable[File] = (),
) -> Message:
    """Write to anybody. The first address in To becomes, or is, the customer.

    The same `client_id` again returns the first message.
    """
    with transaction.atomic():
        wait_for_its_twin(client_id)
        known = Message.objects.filter(client_id=client_id, agent=agent).first()
        if known is not None:
            return known
        channel = _channel(channel_id, agent)
        conversation = _thread(channel, to)
        case = Case.objects.create(
            conversation=conversation,
            topic=clean_subject(subject) or first_line(text),
            team=channel.team,
            assignee=agent,
            opened_at=conversation.now,
            last_message_at=conversation.now,
        )
        letter = Letter(
            agent=agent,
            channel=channel,
            text=text,
            envelope=Envelope(
                to=to, cc=cc, bcc=bcc, sender=sender, subject=subject or first_line(text)
            ),
            client_id=client_id,
            files=list(files),
        )
        return write(conversation, case, letter)


def wait_for_its_twin(client_id: uuid.UUID) -> None:
    """A second click waits for the first: there is no thread yet whose lock would order them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [client_id.hex])


def _channel(channel_id: int, agent: Agent) -> Channel:
    channel = Channel.objects.active().select_related("team").filter(pk=channel_id).first()
    if channel is None:
        raise Refused("no_channel")
    if not Team.objects.of(agent).filter(pk=channel.team_id).exists():
        raise Forbidden("not_your_team", team=channel.team.name)
    return channel


def _thread(channel: Channel, to: Sequence[str]) -> Conversation:
    if not to:
        raise Refused("nobody_to_send_to")
    address = registry.adapter_for(channel.kind).parse_address(to[0])
    if address is None:
        raise Refused("bad_address", address=to[0])
    if who.is_nobody(address.kind, address.value):
        raise Refused("own_address", address=to[0])
    return thread_of(address)


def thread_of(address: Address) -> Conversation:
    identity = who.identify(address, grade=Grade.NONE)
    if identity.customer is None:
        return who.thread_of_nobody(identity)
    return who.thread_of(who.survivor(identity.customer))


def first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:120]
