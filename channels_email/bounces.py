"""Delivery status notifications (RFC 3464) about our own mails, as delivery reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message as Part

from channels_email import threading
from channels_email.addresses import normal_address
from channels_email.charsets import one_line
from channels_email.headers import Headers
from channels_email.parts import sub_parts
from conversations.adapters.messages import DeliveryReport, Outcome

_OUTCOMES = {
    "failed": Outcome.FAILED,
    "delayed": Outcome.UNKNOWN,
    "delivered": Outcome.DELIVERED,
    "relayed": Outcome.SENT,
    "expanded": Outcome.SENT,
}
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]{1,900}>)", re.IGNORECASE | re.MULTILINE)
MOST = 100
"""Recipients of one report that are read."""


def reports(mail: Part, body: bytes) -> tuple[DeliveryReport, ...]:
    """One report a recipient; none when the mail is no report.

    `provider_id` is the Message-ID of the mail it is about: ours where one of ours is quoted.
    """
    blocks = [block for part in mail.walk() if _is_status(part) for block in _blocks(part)]
    return tuple(_reports(blocks, _original(body)))[:MOST] if blocks else ()


def _is_status(part: Part) -> bool:
    return part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}


def _blocks(part: Part) -> list[Headers]:
    """The fields about the message and about each recipient; the parser made each a message."""
    return [Headers(block) for block in sub_parts(part)]


def _original(body: bytes) -> str:
    """The id of the mail that the report is about: the quoted one, best of all with our shape."""
    ids = [found[1].decode("ascii", "replace") for found in _MESSAGE_ID.finditer(body)][:50]
    return next(filter(threading.is_own_id, ids), ids[-1] if len(ids) > 1 else "")


def _reports(blocks: list[Headers], original: str) -> Iterator[DeliveryReport]:
    for block in blocks:
        final = _recipient(block.raw("final-recipient"))
        recipient = _recipient(block.raw("original-recipient")) or final
        if not recipient:
            continue
        status = _STATUS.search(block.raw("status"))
        action = block.raw("action").strip().lower()[:20]
        yield DeliveryReport(
            provider_id=original,
            outcome=_OUTCOMES.get(action, Outcome.UNKNOWN),
            recipient=recipient,
            code="bounced",
            status=status[0] if status else "",
            action=action,
            words=_words(block, status[0] if status else ""),
        )


def _recipient(value: str) -> str:
    """`rfc822; x@y.example` as x@y.example."""
    return normal_address(value.partition(";")[2] or value)


def _words(block: Headers, status: str) -> str:
    said = block.text("diagnostic-code").partition(";")[2].strip() or block.text("diagnostic-code")
    return one_line(said if status in said else f"{status} {said}")[:1000]
