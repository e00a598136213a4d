"""A provider's stored event as mails and delivery reports. Pure: it can be read again any time.

anymail knows the providers' forms. Whole mails go the way of every other mail (`mime`), as the
provider handed them on or, where it takes them apart, put together again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from channels_email import hook_reports, hook_verdicts, mime
from channels_email.hook_request import rebuild
from channels_email.hook_table import HOOKS, INBOUND, view_of
from conversations.adapters.base import Malformed
from conversations.adapters.messages import Event, RawEvent


def normalize(raw: RawEvent, *, domain: str) -> tuple[Event, ...]:
    """The events of one post; Malformed where it cannot be understood.

    The envelope names the `provider`, the `side` and the request's `headers`; `is_mail` where the
    edge has fetched the mail itself.
    """
    provider, side = str(raw.envelope.get("provider")), str(raw.envelope.get("side"))
    if side not in HOOKS.get(provider, {}):
        raise Malformed("unknown_provider", words=provider)
    events: list[Event] = []
    for mail in mails(raw):
        events.extend(mime.normalize(mail, domain=domain))
    if not raw.envelope.get("is_mail") and (side != INBOUND or provider == "mandrill"):
        events.extend(_reports(raw, provider, side, domain))
    return tuple(events)


def mails(raw: RawEvent) -> list[RawEvent]:
    """The mails of a post, with what the provider found out about each. Raises as `normalize`."""
    provider, side = str(raw.envelope.get("provider")), str(raw.envelope.get("side"))
    if raw.envelope.get("is_mail"):
        return [raw]
    if side != INBOUND and provider != "mandrill":
        return []
    request = rebuild(raw.body, _headers(raw))
    found = _parsed(provider, side, request)
    return [_mail(event, provider, request, raw) for event in found if _has_mail(event)]


def _has_mail(event: Any) -> bool:
    return getattr(event, "message", None) is not None


def _reports(raw: RawEvent, provider: str, side: str, domain: str) -> Iterator[Event]:
    request = rebuild(raw.body, _headers(raw))
    for event in _parsed(provider, side, request):
        report = None if _has_mail(event) else hook_reports.report(event, domain=domain)
        if report is not None:
            yield report


def _headers(raw: RawEvent) -> Mapping[str, str]:
    given = raw.envelope.get("headers")
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}


def _parsed(provider: str, side: str, request: HttpRequest) -> list[Any]:
    """What anymail makes of it. Raises Malformed, with anymail's own words where it has some."""
    from anymail.exceptions import AnymailError

    if provider == "amazon_ses" and _sns_type(request) != "Notification":
        return []  # subscriptions are the edge's business
    view = view_of(provider, side)
    if provider == "brevo" and side == INBOUND:
        view._fetch_attachment = _kept_attachment  # noqa: SLF001 -- the edge fetched it
    try:
        return [event for event in view.parse_events(request) if event is not None]
    except (AnymailError, ImproperlyConfigured) as error:
        raise Malformed("wrong_hook", words=str(error.args[0] if error.args else "")) from error
    except (
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        AssertionError,
        RecursionError,
    ) as e:
        raise Malformed("not_understood", words=f"{type(e).__name__}: {e}"[:500]) from e


def _sns_type(request: HttpRequest) -> str:
    try:
        return str(json.loads(request.body)["Type"])
    except (ValueError, KeyError, TypeError):
        return "Notification"


def _kept_attachment(attachment: Mapping[str, Any]) -> Any:
    from anymail.inbound import AnymailInboundMessage

    return AnymailInboundMessage.construct_attachment(
        content_type=attachment.get("_type") or attachment.get("ContentType") or "",
        content=_decoded(attachment.get("_content")),
        filename=attachment.get("Name"),
        content_id=attachment.get("ContentID"),
    )


def _mail(event: Any, provider: str, request: HttpRequest, raw: RawEvent) -> RawEvent:
    body = _original(provider, event, request) or _flat(event.message)
    verdicts, is_spam = hook_verdicts.of(provider, event, request)
    envelope = {
        **raw.envelope,
        "verdicts": verdicts,
        "spam": is_spam,
        "sender": event.message.envelope_sender or "",
        "recipients": [event.message.envelope_recipient or ""],
    }
    return replace(raw, body=body, envelope=envelope)


def _flat(message: Any) -> bytes:
    """The mail of a provider that took it apart; what cannot be written stays readable."""
    try:
        for part in message.walk():
            _keep_bytes(part)
        content: bytes = message.as_bytes()
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        content = str(message).encode("utf-8", "surrogateescape")
    return content


def _keep_bytes(part: Any) -> None:
    """A file without an encoding would have its line ends, and worse, mended on the way."""
    if part.is_multipart() or part.get_content_disposition() is None:
        return
    if not part["Content-Transfer-Encoding"]:
        content = part.get_payload(decode=True) or b""
        part.set_payload(base64.encodebytes(content).decode("ascii"))
        part["Content-Transfer-Encoding"] = "base64"


def _original(provider: str, event: Any, request: HttpRequest) -> bytes:
    """The mail itself, byte for byte, where the provider hands it on; else empty."""
    said = event.esp_event
    found: object = ""
    is_coded = False
    if provider in {"mailgun", "sendgrid"}:
        whole = provider == "mailgun" or "headers" not in request.POST
        found = request.POST.get("body-mime" if provider == "mailgun" else "email") if whole else ""
    elif provider == "mandrill":
        found = said.get("msg", {}).get("raw_msg")
    elif provider == "mailersend":
        found = said.get("data", {}).get("raw")
    elif provider == "postmark":
        found = said.get("RawEmail")
    elif provider == "postal":
        found, is_coded = said.get("message"), said.get("base64") is True
    elif provider == "amazon_ses":
        action = said.get("receipt", {}).get("action", {})
        found, is_coded = said.get("content"), action.get("encoding") == "BASE64"
    if not isinstance(found, str):
        return b""
    return _decoded(found) if is_coded else found.encode("utf-8", "surrogateescape")


def _decoded(value: object) -> bytes:
    try:
        return base64.b64decode(str(value or ""))
    except (binascii.Error, ValueError):
        return b""
