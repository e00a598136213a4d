"""Reports that follow no standard at all: two large providers' own forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message as Part

from channels_email.bounces import notice
from channels_email.headers import Headers

_COMPLAINT = re.compile(r"^\s*complaint about message from\b", re.IGNORECASE)
COMPLAINED = re.compile(r"^x-hmxmroriginalrecipient:\s*(\S{3,320})", re.IGNORECASE | re.MULTILINE)
_BOUNCED = re.compile(r'"bouncedRecipients"\s*:\s*\[([^\]]{1,20000})\]')
_OBJECT = re.compile(r"\{([^{}]{1,4000})\}")
_PAIR = re.compile(
    r'"(emailAddress|action|status|diagnosticCode)"\s*:\s*"((?:[^"\\]|\\.){0,2000})"'
)
_DELIVERED = re.compile(
    r'"(?:notification|event)Type"\s*:\s*"Delivery".{0,60000}'
    r'"recipients"\s*:\s*\[([^\]]{1,20000})\]',
    re.DOTALL,
)
_ANSWER = re.compile(r'"smtpResponse"\s*:\s*"((?:[^"\\]|\\.){0,2000})"')


def is_complaint(mail: Part, headers: Headers) -> bool:
    """Microsoft's junk mail reports: the mail itself, under a subject of theirs."""
    return _COMPLAINT.match(headers.text("subject")) is not None and notice.has_returned(mail)


def is_notification(headers: Headers) -> bool:
    """Amazon's event notifications, when they are subscribed to by mail (SES developer guide)."""
    return "x-amz-sns-message-id" in headers


def events(said: notice.Notice) -> Iterator[dict[str, str]]:
    """One set of RFC 3464 fields a recipient. On its way the JSON is often broken by line ends."""
    event = said.words.replace('\\"', '"')
    bounced = _BOUNCED.search(event)
    for one in _OBJECT.findall(bounced[1]) if bounced else ():
        values = dict(_PAIR.findall(one))
        yield {
            "final-recipient": values.get("emailAddress", ""),
            "action": values.get("action", "failed"),
            "status": values.get("status", ""),
            "diagnostic-code": values.get("diagnosticCode", ""),
        }
    delivered = _DELIVERED.search(event)
    for address in re.findall(r'"([^"]{3,320})"', delivered[1]) if delivered else ():
        answer = _ANSWER.search(event)
        words = answer[1] if answer else ""
        yield {"final-recipient": address, "action": "delivered", "diagnostic-code": words}
