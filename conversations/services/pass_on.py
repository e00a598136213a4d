"""Hand messages of a case on to a third party, or write to one: aside, never to the customer."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef

from conversations.adapters import registry
from conversations.adapters.messages import File, IdentityKind
from conversations.models import Agent, Attachment, Case, Channel, Delivery, Kind, Message
from conversations.models.message import MessageQuerySet
from conversations.services import threads
from conversations.services.composer import default_channel
from conversations.services.envelopes import Envelope
from conversations.services.errors import Refused
from conversations.services.quotes import quote
from conversations.services.reply import Letter, PassedOn, channel_of, write
from conversations.services.subjects import answering
from conversations.services.topics import clean_subject

MOST_MESSAGES = 50


def send(
    *,
    case_id: int,
    agent: Agent,
    to: Sequence[str],
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    subject: str = "",
    text: str = "",
    message_ids: Collection[int] = (),
    attachment_ids: Collection[int] | None = None,
    channel_id: int | None = None,
    sender: str = "",
    client_id: uuid.UUID,
    files: Iterable[File] = (),
) -> Message:
    """Send words, and messages of the case quoted below them, by e-mail to third parties.

    With all files of those messages, or those of `attachment_ids`. It is no answer to the customer:
    no clock stops. The same `client_id` again returns the first message, sent once.

    Raises Refused for the customer's address, a colleague's, a blocked one, and for messages that
    are no messages: notes, what was redacted, taken back or has not gone out yet.
    """
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        known = Message.objects.filter(conversation=conversation, client_id=client_id).first()
        if known is not None:
            return known
        channel = _channel(case, channel_id, agent)
        chosen = _chosen(case, message_ids)
        kept = _attachments(chosen, attachment_ids)
        envelope = Envelope(
            to=to, cc=cc, bcc=bcc, sender=sender, subject=subject or subject_of(case, chosen)
        )
        letter = Letter(
            agent=agent,
            channel=channel,
            text=text,
            envelope=envelope,
            client_id=client_id,
            files=[*map(_file, kept), *files],
            passed_on=PassedOn(
                text=quote(chosen, language=channel.language),
                messages=[message.pk for message in chosen],
                attachments=[attachment.pk for attachment in kept],
            ),
        )
        return write(conversation, case, letter)


def quotable(case: Case) -> MessageQuerySet:
    """What of a case can be handed on: messages that were said, and are still there."""
    held = Delivery.objects.filter(messages=OuterRef("pk"), state="held")
    said = case.messages.filter(kind=Kind.MESSAGE, cancelled_at=None, redacted_at=None)
    return said.exclude(Exists(held))


def subject_of(case: Case, messages: Sequence[Message]) -> str:
    """That of what is handed on; where nothing is, that of what was last said aside."""
    if messages:
        named = next((message.subject for message in messages if message.subject), case.topic)
        return f"Fwd: {clean_subject(named) or case.number}"
    said = case.messages.filter(is_aside=True, cancelled_at=None).exclude(subject="")
    last = said.order_by("-sorted_at", "-id").first()
    return answering(last.subject if last else case.topic or str(case.number))


def channels(agent: Agent) -> list[Channel]:
    """The e-mail channels that an agent may write through."""
    mail = [
        kind
        for kind in registry.kinds()
        if registry.adapter_for(kind).identity_kind == IdentityKind.EMAIL
    ]
    return list(Channel.objects.active().open_to(agent).filter(kind__in=mail))


def channel_for(case: Case, agent: Agent) -> Channel | None:
    """The one that was last used aside, else the customer's, else one of the case's team."""
    known = {channel.pk: channel for channel in channels(agent)}
    aside = case.messages.filter(is_aside=True, cancelled_at=None, channel__in=known)
    last = aside.order_by("-sorted_at", "-id").values_list("channel", flat=True).first()
    own = [channel.pk for channel in known.values() if channel.team_id == case.team_id]
    wanted = [last, default_channel(case), *own, *known]
    return next((known[pk] for pk in wanted if pk in known), None)


def _channel(case: Case, channel_id: int | None, agent: Agent) -> Channel:
    if channel_id is None:
        found = channel_for(case, agent)
        if found is None:
            raise Refused("no_mail_channel")
        return found
    channel = channel_of(channel_id, agent)
    if registry.adapter_for(channel.kind).identity_kind != IdentityKind.EMAIL:
        raise Refused("no_mail_channel")
    return channel


def _chosen(case: Case, ids: Collection[int]) -> list[Message]:
    if len(ids) > MOST_MESSAGES:
        raise Refused("too_many_messages_aside", most=MOST_MESSAGES)
    rows = quotable(case).filter(pk__in=ids).select_related("identity")
    found = list(rows.in_order())
    if len(found) != len(set(ids)):
        raise Refused("not_quotable")
    return found


def _attachments(messages: Sequence[Message], ids: Collection[int] | None) -> list[Attachment]:
    theirs = Attachment.objects.filter(message__in=messages)
    theirs = theirs.select_related("blob").defer("blob__content")
    rows = theirs.order_by("message__sorted_at", "message", "position")
    if ids is None:
        return list(rows)
    found = list(rows.filter(pk__in=ids))
    if len(found) != len(set(ids)):
        raise Refused("not_quotable")
    return found


def _file(attachment: Attachment) -> File:
    return File(
        name=attachment.name,
        type=attachment.type,
        content=b"",
        blob=attachment.blob.sha256,
        kept_size=attachment.size,
    )
