"""A tracking event as a delivery report. An unknown word becomes UNKNOWN, never an exception."""

from __future__ import annotations

import re
from typing import Any

from channels_email import bounces
from channels_email.addresses import normal_address
from channels_email.esp_letter import MARKS
from conversations.adapters.messages import DeliveryReport, Outcome

_OUTCOMES = {
    "queued": Outcome.SENT,
    "sent": Outcome.SENT,
    "delivered": Outcome.DELIVERED,
    "opened": Outcome.READ,
    "clicked": Outcome.READ,
    "bounced": Outcome.FAILED,
    "rejected": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "deferred": Outcome.UNKNOWN,
    "complained": Outcome.UNKNOWN,
    "unsubscribed": Outcome.UNKNOWN,
}
_CODES = {
    "deferred": "deferred",
    "complained": "complaint",
    "unsubscribed": "unsubscribed",
    "failed": "provider_failed",
    "rejected": "recipient_refused",
    "bounced": "bounced",
}
_REASONS = {
    "invalid": "bad_address",
    "bounced": "bounced",
    "timed_out": "gave_up",
    "blocked": "provider_blocked",
    "spam": "called_spam",
    "unsubscribed": "unsubscribed",
}
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")


def report(event: Any, *, domain: str) -> DeliveryReport | None:
    """None for an event about no mail of ours (a test of the hook, a list's news)."""
    about = _own_key(event, domain) or str(event.message_id or "")
    if not about:
        return None
    kind = str(event.event_type or "")
    words = " ".join(str(event.mta_response or event.description or "").split())
    found = _STATUS.search(words)
    status = found[0] if found else ""
    ends_address = kind == "bounced" and bounces.ends_address(status, words)
    code = "no_such_mailbox" if ends_address else _code(kind, str(event.reject_reason or ""))
    return DeliveryReport(
        provider_id=about[:255],
        outcome=_OUTCOMES.get(kind, Outcome.UNKNOWN),
        recipient=normal_address(event.recipient or "") or str(event.recipient or "").lower(),
        code=code,
        status=status,
        ends_address=ends_address,
        action=kind,
        words=words[:1000],
        at=event.timestamp,
    )


def _code(kind: str, reason: str) -> str:
    if kind in {"bounced", "rejected", "failed"}:
        return _REASONS.get(reason) or _CODES[kind]
    return _CODES.get(kind, "")


def _own_key(event: Any, domain: str) -> str:
    """Our Message-ID, from the two halves that travelled with the mail."""
    metadata = event.metadata if isinstance(event.metadata, dict) else {}
    case, mail = (str(metadata.get(mark) or "") for mark in MARKS)
    is_ours = re.fullmatch(r"[0-9a-f]{32,64}", case) and re.fullmatch(r"[0-9a-f]{32}", mail)
    return f"<{case}.{mail}@{domain}>" if is_ours else ""
