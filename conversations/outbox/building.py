"""From an outbox row to what an adapter transmits."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.adapters import registry
from conversations.adapters.base import Face
from conversations.adapters.messages import (
    Address,
    Addressee,
    File,
    IdentityKind,
    OutboundMessage,
    RecipientRole,
)
from conversations.models import Delivery, DeliveryState, Kind, Message
from conversations.models.message import PASSED_ON
from conversations.outbox.queue import NotPublic


class Incomplete(ValueError):
    """There is nothing to send, or nobody to send it to."""


def build(delivery: Delivery) -> OutboundMessage:
    """What the adapter is to transmit. Raises Incomplete, or NotPublic: no note ever leaves."""
    messages = list(delivery.messages.order_by("sorted_at", "id").select_related("case"))
    if not (messages and delivery.recipients.exists()):
        raise Incomplete(delivery.pk)
    if any(message.kind != Kind.MESSAGE for message in messages):
        raise NotPublic(delivery.pk)
    if any(message.redacted_at for message in messages):
        raise Incomplete(delivery.pk)  # taken out between the claim and the call
    first = messages[0]
    adapter = registry.adapter_for(delivery.channel.kind)
    lead = list(filter(None, [str(delivery.envelope.get("lead", ""))]))
    kind = IdentityKind(adapter.identity_kind)
    return OutboundMessage(
        key=delivery.key,
        sender=Address(kind=kind, value=delivery.sender, name=first.author_name),
        addressees=tuple(
            Addressee(
                role=RecipientRole(r.role),
                address=Address(kind=kind, value=r.address, name=r.name),
            )
            for r in delivery.recipients.filter(state=DeliveryState.SENDING).order_by("id")
        ),
        subject=str(delivery.envelope.get("subject", first.subject)),
        text="\n\n".join([*lead, *(_words(message, adapter.describe()) for message in messages)]),
        html="" if lead else first.html,
        reply_token=first.case.reply_token,
        references=tuple(delivery.envelope.get("references", first.references)),
        files=tuple(_files(messages)),
        is_automatic=first.is_system,
        language=delivery.conversation.customer.language or delivery.channel.language,
    )


def _words(message: Message, face: Face) -> str:
    """A signature stays behind where the channel has none: it may have been written for another."""
    return _with_signature(message) if face.has_signature else message.text


def _with_signature(message: Message) -> str:
    """What is handed on stands below the signature, and without the mark that has programs cut
    off what follows (RFC 3676 4.3)."""
    if PASSED_ON in message.params:
        return "\n\n".join(part for part in (message.text, message.folded) if part)
    return f"{message.text}\n\n-- \n{message.folded}" if message.folded else message.text


def _files(messages: Iterable[Message]) -> Iterable[File]:
    for message in messages:
        for attachment in message.attachments.select_related("blob"):
            yield File(
                name=attachment.name,
                type=attachment.type,
                content=attachment.blob.read(),
                is_inline=attachment.is_inline,
                content_id=attachment.content_id,
                reference=str(attachment.pk),
            )
