"""The mail server of the demo: takes what the channel sends and keeps it on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.policy import SMTP

from demo.models import Mail

CLOSED = "closed.example"
"""No mailbox of this domain exists any more: what is sent there is refused."""


def deliver(
    *, sender: str, recipients: Sequence[str], content: bytes
) -> Mapping[str, tuple[str, str]]:
    """Keep a mail for the recipients that exist; the others with (code, the server's words)."""
    refused = {address: _refusal(address) for address in recipients if _is_closed(address)}
    taken = [address for address in recipients if address not in refused]
    if taken:
        _keep(sender, taken, content)
    return refused


def _is_closed(address: str) -> bool:
    return address.rpartition("@")[2].lower() == CLOSED


def _refusal(address: str) -> tuple[str, str]:
    words = f"550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailboxes"
    return "recipient_refused", words


def _keep(sender: str, recipients: Sequence[str], content: bytes) -> None:
    header = message_from_bytes(content, policy=SMTP)
    Mail.objects.create(
        envelope_from=sender,
        envelope_to=list(recipients),
        message_id=str(header["Message-ID"] or "").strip()[:998],
        subject=str(header["Subject"] or "")[:998],
        raw=content,
    )
