"""Mails brought to a channel's door, all the way in."""

from channels_email import edge
from conversations.models import Channel, Message
from conversations.services import intake
from tests.channels_email.mails import mail


def deliver(channel: Channel, body: bytes = b"", /, **said: str) -> Message:
    """What a mail became; `said` as for `mail`."""
    receipt = edge.keep(channel, body or mail(**said), door="hook", wakes=False)
    receipt = intake.process(receipt.pk)
    assert receipt.state == "processed", receipt.reason_words
    found = Message.objects.select_related("case__conversation__customer", "identity")
    return found.get(receipt=receipt, kind="message")
