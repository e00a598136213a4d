"""One request of a webhook: signed, through the guard, and what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from standardwebhooks import Webhook

from api.models import WebhookEndpoint, WebhookEvent
from conversations.adapters import client, guard

SECONDS = 15.0
"""For one request as a whole."""
LONGEST_WISH = timedelta(hours=1)
"""So much of a Retry-After is granted."""
WORDS = 300
ITS_OWN_FAULT = frozenset({400, 409, 413, 415, 422})
"""Answers to this one event. Every other failure is the receiver's, whatever it is sent."""
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a request came to. `status` is None where there was no answer, and `code` says why.

    `wish` is how long the receiver asks to be left alone.
    """

    milliseconds: int = 0
    status: int | None = None
    code: str = ""
    words: str = ""
    wish: timedelta = timedelta(0)

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # HTTP's own

    @property
    def is_whole_trouble(self) -> bool:
        return not self.is_success and self.status not in ITS_OWN_FAULT and self != CRASHED


CRASHED = Outcome(code="crashed")
"""We could not say it: a fault of ours, and nothing of the receiver's."""


def post(event: WebhookEvent, said: str) -> Outcome:
    """Send a body once. Never raises for what the other side does."""
    began = time.monotonic()
    with client.Session(seconds=SECONDS) as session:
        outcome = _outcome(session, event, said.encode())
    took = time.monotonic() - began
    if outcome.code == "cut" and took >= SECONDS:
        outcome = replace(outcome, code="timeout")  # it was we who cut it
    return replace(outcome, milliseconds=round(took * 1000))


def _outcome(session: client.Session, event: WebhookEvent, said: bytes) -> Outcome:
    headers = {"Content-Type": "application/json", **signed(event, said)}
    try:
        answer = session.post(event.endpoint.url, data=said, headers=headers)
    except guard.Blocked:
        return Outcome(code="private_host")
    except client.TooLarge:
        return Outcome(code="answer_too_large")
    except requests.exceptions.SSLError:
        return Outcome(code="bad_certificate")
    except requests.exceptions.Timeout:
        return Outcome(code="timeout")
    except (requests.RequestException, ValueError) as error:
        return Outcome(code=_trouble(error))
    words = "" if answer.ok else answer.content[:WORDS].decode("utf-8", "replace")
    return Outcome(
        status=answer.status_code,
        words=words.replace("\x00", "\ufffd"),
        wish=_wish(answer.headers.get("Retry-After", "")),
    )


def _trouble(error: Exception) -> str:
    names = {type(cause).__name__ for cause in client.causes(error)}
    if "NameResolutionError" in names:
        return "no_such_host"
    return "no_connection" if names & {"NewConnectionError", "ConnectionRefusedError"} else "cut"


def signed(event: WebhookEvent, said: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks; for a day after a change with the old secret as well."""
    now = datetime.now(UTC)
    text = said.decode()
    signatures = [
        Webhook(secret).sign(event.uid, now, text) for secret in _secrets(event.endpoint, now)
    ]
    return {
        "webhook-id": event.uid,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _secrets(endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    until = endpoint.old_secret_until
    is_double = bool(endpoint.old_secret) and until is not None and until > now
    return [endpoint.secret, endpoint.old_secret] if is_double else [endpoint.secret]


def _wish(said: str) -> timedelta:
    """A Retry-After of seconds, or of a date; nothing where it is neither."""
    if said.isdecimal() and len(said) < 9:  # noqa: PLR2004  # three years in seconds
        wish = timedelta(seconds=int(said))
    else:
        try:
            wish = parsedate_to_datetime(said) - datetime.now(UTC)
        except (ValueError, TypeError, OverflowError):
            return timedelta(0)
    return max(timedelta(0), min(wish, LONGEST_WISH))
