"""Where raw mail enters by hand: the pipe and the hook keep it in the same way."""

from __future__ import annotations

from channels_email.config import edge_envelope
from channels_email.models import EmailAccount
from conversations import receipts
from conversations.models import Channel, Receipt


def keep(channel: Channel, body: bytes, *, door: str, wakes: bool = True) -> Receipt:
    """Store a mail that brings no id of its own: the same bytes again are the same receipt.

    Raises OSError or a database error when nothing could be kept.
    """
    account = EmailAccount.objects.filter(channel=channel).first()
    envelope = {**edge_envelope(account), "door": door}
    return receipts.record(
        channel, receipts.content_key(body), body, envelope=envelope, wakes=wakes
    )
