"""Send on what was said: by another channel than the one that it was written on."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.utils import timezone

from conversations import outbox
from conversations.adapters import registry
from conversations.adapters.base import Unavailable
from conversations.adapters.messages import Address, RecipientRole
from conversations.models import Channel, Delivery, Identity, Message, Recipient
from conversations.services.envelopes import sender_of
from conversations.services.errors import Refused
from conversations.services.subjects import references_of, subject_of


def send(messages: Sequence[Message], *, channel: Channel, to: Address, lead: str = "") -> Delivery:
    """Let messages of one case, whose thread is locked, leave together by a channel as well.

    `lead` stands above them: why they come this way.
    What answers them is known by the id that they leave under. Raises Refused where the channel
    does not reach that address.
    """
    adapter = registry.adapter_for(channel.kind)
    answer = adapter.availability(channel=channel, address=to, at=timezone.now())
    if isinstance(answer, Unavailable):
        raise Refused(answer.code, **answer.params)
    first = messages[0]
    key = adapter.message_key(token=first.case.reply_token, client_id=uuid.uuid4().hex)
    envelope: dict[str, object] = {
        "subject": subject_of(first.case, adapter),
        "references": references_of(first.case, adapter.kind),
        "lead": lead,
    }
    Message.objects.filter(pk=first.pk, message_id="").update(message_id=key)
    identity = Identity.objects.filter(kind=to.kind, value=to.value).first()
    recipient = Recipient(role=RecipientRole.TO, address=to.value, name=to.name, identity=identity)
    return outbox.enqueue(
        *messages,
        channel=channel,
        recipients=[recipient],
        sender=sender_of(adapter, channel, ""),
        instead=outbox.Instead(key=key, envelope=envelope),
    )
