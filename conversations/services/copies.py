"""One Message-ID in one conversation is one message, whichever of our addresses it reached."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from conversations import events
from conversations.adapters.messages import InboundMessage, Origin
from conversations.models import Case, ChangeKind, Conversation, Message, Receipt, Status
from conversations.services import redaction, traces

if TYPE_CHECKING:
    from conversations.services.arrivals import Arrival

LONGEST_FOOTER = 100
"""Words that a list may have put below somebody's own."""


def known(conversation: Conversation, arrival: Arrival) -> Message | None:
    """The message that this one is a copy of, over a list or at another of our addresses.

    By the same sender and with nothing new to say, that is: an id alone can be anybody's, so it
    must not hide what somebody else, or somebody in other words, has to say.
    """
    said = arrival.message
    if said.origin is Origin.OWN or arrival.identity.is_shared:
        ours = _sent_by_us(conversation, said)
        if ours is not None:
            return ours
    same = of_that_id(conversation, said)
    if same is None:
        return None
    others = Message.objects.filter(conversation=conversation, params__repeated_id=said.message_id)
    candidates = [same, *others.select_related("case")]
    return next((message for message in candidates if _says_all(message, arrival)), None)


def of_that_id(conversation: Conversation, said: InboundMessage) -> Message | None:
    """The message from outside that has this one's id already."""
    if not said.message_id:
        return None
    return (
        Message.objects.select_related("case")
        .filter(conversation=conversation, message_id=said.message_id[:998], identity__isnull=False)
        .first()
    )


def _sent_by_us(conversation: Conversation, said: InboundMessage) -> Message | None:
    """Our own message that came back."""
    ours = Message.objects.select_related("case").filter(
        conversation=conversation, message_id=said.message_id[:998], identity=None
    )
    same = ours.exclude(message_id="").order_by("id").first()
    return same if same and same.text.split() == said.text.split() else None


def _says_all(message: Message, arrival: Arrival) -> bool:
    """Whether a message holds every word and file of the arriving one, but for a list's footer."""
    if message.identity_id != arrival.identity.pk:
        return False
    brought = {
        file.blob or hashlib.sha256(file.content).hexdigest() for file in arrival.message.files
    }
    if redaction.is_that(message, arrival.message.text, brought):
        return True
    files = set(message.attachments.values_list("blob__sha256", flat=True))
    is_by_list = Origin.LIST in {arrival.message.origin, message.origin}
    if not is_by_list:
        return files == brought and message.text.split() == arrival.message.text.split()
    return brought <= files and _is_with_footer(message.text, arrival.message.text)


def _is_with_footer(one: str, other: str) -> bool:
    shorter, longer = sorted((one.split(), other.split()), key=len)
    has_same_start = bool(shorter) and longer[: len(shorter)] == shorter
    return has_same_start and len(longer) - len(shorter) <= LONGEST_FOOTER


def hear(arrival: Arrival, conversation: Conversation, message: Message) -> Case:
    """The case of a message that arrived again. Where a list brought it first and it now comes
    from its sender, a person wrote to us: they wait."""
    if message.redacted_at or message.params.get("redacted_files"):
        redaction.forget_again(arrival.receipt)
    if message.receipt and message.receipt.reason_code == traces.NOBODY:
        _as_empty(arrival.receipt)
    if arrival.message.origin is not Origin.PERSON or message.origin != Origin.LIST:
        return message.case
    Message.objects.filter(pk=message.pk).update(origin=Origin.PERSON)
    case = Case.objects.get(pk=message.case_id)
    if case.status == Status.OPEN:
        case.reckon_wait()
        case.save()
        events.record_change(conversation, ChangeKind.CASE, case=case)
    return case


def _as_empty(receipt: Receipt | None) -> None:
    """The raw mail named somebody who was erased since, as this copy of it does."""
    if receipt is not None:
        traces.empty([receipt.pk])
        redaction.forget_again(receipt)
