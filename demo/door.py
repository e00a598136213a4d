"""The way in: raw bytes to a receipt, as the pipe and the hook do it, then through intake."""

from __future__ import annotations

from channels_email import edge
from channels_email.config import edge_envelope
from channels_email.models import EmailAccount
from conversations import receipts
from conversations.models import Channel, Receipt
from conversations.services import intake


def arrive(channel: Channel, raw: bytes, *, wakes: bool = True) -> Receipt:
    """A mail comes in now. Taken in at once; the wake finds nothing left to do."""
    receipt = edge.keep(channel, raw, door="simulator", wakes=wakes)
    return intake.process(receipt.pk)


def import_old(channel: Channel, raw: bytes) -> Receipt:
    """A mail that lay in the mailbox before it was connected."""
    account = EmailAccount.objects.filter(channel=channel).first()
    receipt = receipts.record(
        channel,
        receipts.content_key(raw),
        raw,
        envelope={**edge_envelope(account), "door": "simulator"},
        is_history=True,
    )
    return intake.process(receipt.pk)
