"""Mail providers' webhooks: mails, tracking events and signatures, by the code that takes them.

The vectors are calls of another project's tests. What those tests sign with helpers of their own
is signed here by the provider's published scheme.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.scoring import DOMAIN, Fact, cases, stated
from channels_email import hook_events, hook_verify
from channels_email.hook_request import rebuild
from channels_email.hook_table import HOOKS, Secrets
from conversations.adapters.base import ChannelFailure
from conversations.adapters.messages import DeliveryReport, Event, InboundMessage, Outcome, RawEvent

MAILS, EVENTS, SIGNATURES = "esp-inbound", "esp-events", "webhook signatures"
URL = "https://hub.example/hooks/email/key"
KEY = base64.b64encode(b"a secret of 24 bytes ....").decode()
_OUTCOMES = {
    "queued": Outcome.SENT, "sent": Outcome.SENT, "delivered": Outcome.DELIVERED,
    "opened": Outcome.READ, "clicked": Outcome.READ, "bounced": Outcome.FAILED,
    "rejected": Outcome.FAILED, "failed": Outcome.FAILED,
}  # fmt: skip


def facts(root: Path) -> Iterator[Fact]:
    for source, case in cases(root, "esp-inbound"):
        yield from _mail(source, case)
    for source, case in cases(root, "esp-events"):
        yield from _tracking(source, case)
    for path, expected in stated(root, "esp-inbound"):
        yield from _captured(path, str(expected.get("signature_or_params")))
    for source, case in cases(root, "webhook-signature"):
        yield from _signature(source, case)
    yield from _unset()


def _fact(table: str, source: str, name: str, wanted: object, got: object, **more: Any) -> Fact:
    return Fact(
        table=table,
        source=source,
        file=name,
        is_right=more.pop("is_right", wanted == got),
        wanted=str(wanted)[:300],
        got=str(got)[:300],
        **more,
    )


# -- calls of another project's tests
def _posted(case: dict[str, Any]) -> tuple[str, bytes, str] | None:
    """(side, body, content type) of the one post of a vector; None where it has none to show."""
    call = case["given"].get("response") or {}
    arguments = call.get("args") or ()
    path = next((a for a in arguments if isinstance(a, str) and a.startswith("/anymail/")), "")
    data = next(
        (a for a in arguments if not isinstance(a, str)), call.get("kwargs", {}).get("data")
    )
    if not path or data is None:
        return None
    side = "inbound" if "inbound" in path else "tracking"
    data = _unwrapped(data)
    if data is None:
        return None
    kind = call.get("kwargs", {}).get("content_type", "")
    if case["provider"] == "mandrill":
        events = data.get("mandrill_events", data) if isinstance(data, dict) else data
        text = events if isinstance(events, str) else json.dumps(events)
        return side, urlencode({"mandrill_events": text}).encode(), _FORM
    if isinstance(data, str):
        return side, data.encode(), kind or "application/json"
    if _is_form(call, case["provider"], kind):
        if case["provider"] == "mailgun":
            data = {"timestamp": "1461261330", "token": "t", "signature": "s", **data}
        return side, urlencode(data, doseq=True).encode(), _FORM
    return side, json.dumps(data).encode(), "application/json"


_FORM = "application/x-www-form-urlencoded"


def _is_form(call: dict[str, Any], provider: str, kind: str) -> bool:
    if kind == "application/json" or provider not in {"mailgun", "sendgrid"}:
        return False
    wrapped = call.get("kwargs", {}).get("data")
    is_signed_form = isinstance(wrapped, dict) and "legacy" in str(wrapped.get("__call__", ""))
    return is_signed_form or provider == "sendgrid" or "__call__" not in str(wrapped)[:20]


def _unwrapped(data: Any) -> Any:
    """The plain payload in a helper's call; None where a file of that project would be needed."""
    while isinstance(data, dict) and "__call__" in data:
        if "file" in data["__call__"]:
            return None
        arguments = data.get("args") or ()
        data = arguments[0] if arguments else None
    text = json.dumps(data)
    return None if '"__call__"' in text or "__call__\\" in text or '"expr"' in text else data


def _expected(case: dict[str, Any], what: str) -> list[Any]:
    """What a vector states about an expression, plain values only, in order."""
    found = []
    for line in case["expect"]:
        if line[0] not in {"assertEqual", "assertIsNone"} or not isinstance(line[1], dict):
            continue
        value = line[2] if len(line) > 2 else None
        if line[1].get("expr") == what and not isinstance(value, dict):
            found.append(value)
    return found


def _events(provider: str, side: str, body: bytes, kind: str) -> tuple[Event, ...]:
    headers = {"content-type": kind}
    envelope = {"provider": provider, "side": side, "headers": headers}
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return hook_events.normalize(
        RawEvent(body=body, received_at=at, envelope=envelope), domain=DOMAIN
    )


def _tried(provider: str, side: str, body: bytes, kind: str) -> tuple[tuple[Event, ...], str]:
    try:
        return _events(provider, side, body, kind), ""
    except ChannelFailure as failure:
        return (), str(failure)


def _mail(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    post = _posted(case)
    if post is None or 400 in _expected(case, "response.status_code"):
        return
    side, body, kind = post
    if case["provider"] in {"resend", "mailtrap"}:
        return  # the mail itself is fetched from the provider
    found, trouble = _tried(case["provider"], side, body, kind)
    mails = [each for each in found if isinstance(each, InboundMessage)]
    name = f"{case['provider']}:{case['test']}"
    yield _fact(
        MAILS, source, name, "a mail", trouble or f"{len(mails)} mails", is_right=bool(mails)
    )
    for mail in mails[:1]:
        yield from _parts(source, name, case, mail)


def _parts(source: str, name: str, case: dict[str, Any], mail: InboundMessage) -> Iterator[Fact]:
    for wanted in _expected(case, "message.subject")[:1]:
        yield _fact(MAILS, source, f"{name} subject", wanted, mail.subject)
    for wanted in _expected(case, "message.text")[:1]:
        got = _squeezed(f"{mail.text} {mail.folded}")
        is_right = sorted(_squeezed(str(wanted)).split()) == sorted(got.split())
        yield _fact(MAILS, source, f"{name} text", wanted, got, is_right=is_right)
    for wanted in _expected(case, "message.from_email.addr_spec")[:1]:
        yield _fact(MAILS, source, f"{name} sender", wanted, mail.sender.value)
    for wanted in _expected(case, "message.spam_detected")[:1]:
        is_spam = mail.is_spam
        yield _fact(MAILS, source, f"{name} spam", bool(wanted), is_spam)
    for wanted in _expected(case, "len(attachments)")[:1]:
        count = len([file for file in mail.files if not file.is_inline])
        yield _fact(MAILS, source, f"{name} files", wanted, count)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _tracking(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    post = _posted(case)
    if post is None or 400 in _expected(case, "response.status_code"):
        return
    side, body, kind = post
    name = f"{case['provider']}:{case['test']}"
    found, trouble = _tried(case["provider"], side, body, kind)
    reports = [each for each in found if isinstance(each, DeliveryReport)]
    kinds = [k for k in _expected(case, "event.event_type") if k]
    yield _fact(EVENTS, source, f"{name} understood", "", trouble)
    wanted_kinds = [str(_OUTCOMES.get(str(k), Outcome.UNKNOWN)) for k in kinds]
    got_kinds = [str(report.outcome) for report in reports]
    if kinds and (reports or _expected(case, "event.message_id")) and _has_id(case):
        is_right = got_kinds[:1] == wanted_kinds[:1]
        yield _fact(EVENTS, source, f"{name} outcome", wanted_kinds, got_kinds, is_right=is_right)
    for report in reports[:1]:
        yield from _report(source, name, case, report)


def _has_id(case: dict[str, Any]) -> bool:
    """Without an id an event is about no mail of anybody's."""
    stated_ids = _expected(case, "event.message_id")
    return None not in stated_ids


def _report(source: str, name: str, case: dict[str, Any], report: DeliveryReport) -> Iterator[Fact]:
    for wanted in _expected(case, "event.recipient")[:1]:
        yield _fact(
            EVENTS, source, f"{name} recipient", str(wanted or "").lower(), report.recipient
        )
    for wanted in _expected(case, "event.message_id")[:1]:
        yield _fact(EVENTS, source, f"{name} message id", str(wanted), report.provider_id)
    for wanted in _expected(case, "event.mta_response")[:1]:
        if wanted:
            got = report.words
            is_right = _squeezed(str(wanted))[:1000] == got
            yield _fact(EVENTS, source, f"{name} words", wanted, got, is_right=is_right)


# -- requests as they were captured
def _captured(path: Path, wanted: str) -> Iterator[Fact]:
    provider = path.name.partition("-")[0]
    if provider not in HOOKS:
        return
    head, _, body = path.read_bytes().replace(b"\r\n", b"\n", 0).partition(_gap(path))
    headers = dict(re.findall(r"^([\w-]+): *(.*?)\r?$", head.decode("latin-1"), re.MULTILINE))
    given = {name.lower(): value for name, value in headers.items()}
    if "content-type" not in given:
        return
    request = rebuild(body, given)
    secrets = Secrets(keys={"signing_key": (KEY,)})
    now = float(re.sub(r"\D", "", request.POST.get("timestamp", "")) or time.time())
    is_genuine = hook_verify.is_genuine(provider, "inbound", request, secrets, url=URL, now=now)
    # nobody knows the keys that these were signed with: none of them may be taken
    yield _fact(SIGNATURES, path.parent.name, path.name, False, is_genuine)
    if wanted.startswith("accept") or wanted in {"multiple", "encoding"}:
        found, trouble = _tried(provider, "inbound", body, given["content-type"])
        mails = [each for each in found if isinstance(each, InboundMessage)]
        yield _fact(
            MAILS,
            path.parent.name,
            path.name,
            "a mail",
            trouble or len(mails),
            is_right=bool(mails),
        )
        if "spam" in wanted:
            is_spam = any(mail.is_spam for mail in mails)
            says_no = b"X-Mailgun-Sflag=No" in body
            reason = "the provider itself calls it no spam" if says_no else ""
            yield _fact(MAILS, path.parent.name, f"{path.name} spam", True, is_spam, reason=reason)


def _gap(path: Path) -> bytes:
    return b"\r\n\r\n" if b"\r\n\r\n" in path.read_bytes()[:4000] else b"\n\n"


# -- signatures
def _signature(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    provider = str(case.get("provider") or "")
    name = f"{provider}:{case.get('name', '')}"
    if provider.startswith("sendgrid"):
        yield _fact(SIGNATURES, source, name, case["valid"], _sendgrid(case))
    elif "standard-webhooks" in provider or provider.startswith("svix"):
        yield _fact(SIGNATURES, source, name, case["valid"], _svix(case))


def _sendgrid(case: dict[str, Any]) -> bool:
    request = rebuild(
        case["payload"].encode(),
        {
            "content-type": "application/json",
            "x-twilio-email-event-webhook-signature": case["signature"],
            "x-twilio-email-event-webhook-timestamp": case["timestamp"],
        },
    )
    secrets = Secrets(keys={"signing_key": tuple(filter(None, [case["key"]]))})
    return hook_verify.is_genuine("sendgrid", "tracking", request, secrets, url=URL, now=0.0)


def _svix(case: dict[str, Any]) -> bool:
    at = str(case.get("timestamp", ""))
    headers = {"svix-id": case["id"], "svix-timestamp": at, "svix-signature": case["signature"]}
    request = rebuild(str(case["payload"]).encode(), headers)
    secrets = Secrets(keys={"signing_key": tuple(filter(None, [case.get("secret")]))})
    now = float(case.get("now") or at or 0)
    return hook_verify.is_genuine("resend", "tracking", request, secrets, url=URL, now=now)


def _unset() -> Iterator[Fact]:
    """Nothing set, and something empty set: nothing is taken, on any side of any provider."""
    empty = hmac.new(b"", b"1x", hashlib.sha256).hexdigest()
    body = json.dumps({"signature": {"timestamp": "1", "token": "x", "signature": empty}}).encode()
    signed = {
        "content-type": "application/json",
        "authorization": "Basic " + base64.b64encode(b":").decode(),
        "signature": hmac.new(b"", body, hashlib.sha256).hexdigest(),
        "mailtrap-signature": hmac.new(b"", body, hashlib.sha256).hexdigest(),
    }
    for provider, sides in HOOKS.items():
        for side, hook in sides.items():
            for secrets in (Secrets(), Secrets(basic=("",)), Secrets(keys={hook.key: ("",)})):
                got = hook_verify.is_genuine(
                    provider, side, rebuild(body, signed), secrets, url=URL, now=1.0
                )
                yield _fact(SIGNATURES, "unset", f"{provider} {side}", False, got)
