"""What a provider's refusal means: try again, never again, or nobody knows."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from django.utils import timezone

from conversations.adapters import client, guard
from conversations.adapters.base import OutcomeUnknown, PermanentFailure, TransientFailure

_ERROR = re.compile(r"\"(?:status|Status)\":\s*\"error\"|\"ErrorCode\":\s*[1-9]")
"""How some say no with a 200."""

Failure = TransientFailure | PermanentFailure | OutcomeUnknown

_LOGIN_WORDS = re.compile(
    r"invalid_key|InvalidServerAPIKey|InvalidClientTokenId|SignatureDoesNotMatch"
    r"|UnrecognizedClient|AccessDenied|ExpiredToken|MissingAuthenticationToken",
    re.IGNORECASE,
)


def failure_of(error: Any) -> Failure:
    """What anymail raised, by what can be known of it."""
    if isinstance(error, requests.RequestException) and error.response is None:
        return _network(error)
    status, words, headers = _said(error)
    if status in {401, 403} or _LOGIN_WORDS.search(words):
        return PermanentFailure("login_refused", words=words)
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 -- too much, or their own faults
        return TransientFailure("deferred", words=words, retry_after=_pause(headers))
    return _without_answer(error, words) if status == 0 else _answered(status, words)


def _answered(status: int, words: str) -> Failure:
    """A yes that nobody understands has taken the mail, as far as anybody knows."""
    if status < 300 and not _ERROR.search(words):  # noqa: PLR2004 -- RFC 9110 15.3
        return OutcomeUnknown("outcome_unknown", words=words)
    return PermanentFailure("content_refused", words=words)


def _network(error: requests.RequestException) -> Failure:
    words = type(error.__cause__ or error).__name__
    if client.is_surely_unsent(error):
        return TransientFailure("unreachable", words=words)
    return OutcomeUnknown("outcome_unknown", words=words)


def _without_answer(error: Exception, words: str) -> Failure:
    """Amazon's library, or a mail that anymail would not even write."""
    from anymail.exceptions import AnymailAPIError
    from botocore import exceptions as amazon

    for cause in client.causes(error):
        if isinstance(cause, guard.Blocked):
            return PermanentFailure("host_blocked", words=str(cause))
        if isinstance(cause, amazon.EndpointConnectionError | amazon.ConnectTimeoutError):
            return TransientFailure("unreachable", words=type(cause).__name__)
        if isinstance(cause, amazon.NoCredentialsError | amazon.PartialCredentialsError):
            return PermanentFailure("login_refused", words=type(cause).__name__)
    if isinstance(error, AnymailAPIError):
        return OutcomeUnknown("outcome_unknown", words=words)
    return PermanentFailure("content_refused", words=words)


def _said(error: Any) -> tuple[int, str, Any]:
    """HTTP status (0 where there was none), the provider's words, its headers."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's
        found, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
        words = f"{found.get('Code', '')} {found.get('Message', '')}".strip()
        return int(meta.get("HTTPStatusCode") or 0), words[:1000], meta.get("HTTPHeaders", {})
    if response is None:
        return int(error.status_code or 0), _first_line(error), {}
    words = " ".join(f"HTTP {response.status_code} {response.text}".split())
    return int(response.status_code), words[:1000], response.headers


def _first_line(error: Exception) -> str:
    return " ".join(str(arg) for arg in error.args).split("\n")[0][:300]


def _pause(headers: Any) -> float | None:
    """Retry-After, in seconds or as a date (RFC 9110 10.2.3); an hour at most."""
    value = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    if value.isdigit():
        return min(float(value), 3600.0)
    try:
        pause = (parsedate_to_datetime(value) - timezone.now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(pause, 1.0), 3600.0)
