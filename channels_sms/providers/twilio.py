"""Twilio Programmable Messaging (twilio.com/docs: messaging/api, usage/webhooks/webhooks-security).

Its create call knows no idempotency key: what ends without an answer is unknown, and nobody's
retry. Our own key rides in the address for states, so that they name a text whose SID we never
heard.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests

from channels_sms import wire
from channels_sms.config import Config
from channels_sms.keywords import Wish
from channels_sms.models import SmsAccount
from channels_sms.providers.base import Heard, Listed, Post, Provider, Text, address_of
from channels_sms.providers.twilio_codes import CODES, ENDS, NOT_NOW, OUTCOMES
from conversations.adapters.base import (
    Malformed,
    OutcomeUnknown,
    PermanentFailure,
    Sent,
    TransientFailure,
)
from conversations.adapters.messages import (
    Addressee,
    DeliveryReport,
    Event,
    Grade,
    IdentityKind,
    InboundMessage,
    Origin,
    Outcome,
    RawEvent,
    RecipientRole,
)

KEY = "d"
"""Our own id of a text, in the query of the address for states."""
MOST_FIELDS = 1000
MOST_MEDIA = 30
PAGE, MOST_PAGES = 200, 20
_SERVER_ERROR, _TOO_MANY, _REFUSED = 500, 429, 400
_LOGIN = {401, 403}
_PORTS = {"https": 443, "http": 80}


class Twilio(Provider):
    has_pictures = True

    def send(self, text: Text, config: Config) -> Sent:
        response = wire.post(
            config,
            f"{config.api_url}/2010-04-01/Accounts/{config.account_id}/Messages.json",
            data=_asked(text, config),
            auth=(config.login, config.password),
        )
        return _understood(response, text)

    def is_genuine(self, post: Post, account: SmsAccount) -> bool:
        secret = account.auth_token or ""
        said = post.headers.get("x-twilio-signature", "")
        return bool(secret and said) and is_signed(post, secret=secret, signature=said)

    def hear(self, post: Post, side: str, account: SmsAccount) -> Heard:  # noqa: ARG002
        fields = fields_of(post.body, is_form=post.is_form)
        sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
        if side == "status":
            said = (sid, fields.get("MessageStatus", ""), fields.get("ErrorCode", ""))
            event = f"status:{':'.join(said)}" if sid else ""
            is_stop = CODES.get(_number(fields.get("ErrorCode", ""))) == "opted_out_of_texts"
            number, told = (fields.get("To", ""), Wish.STOP) if is_stop else ("", None)
            return Heard(event=event, number=number, told=told, is_empty=not fields)
        return Heard(
            event=f"in:{sid}" if sid else "",
            number=fields.get("From", ""),
            text=fields.get("Body", ""),
            told=_WISHES.get(fields.get("OptOutType", "").upper()),
            media=media_of(fields),
            is_empty=not fields,
        )

    def read(self, raw: RawEvent) -> Sequence[Event]:
        fields = fields_of(raw.body, is_form=True)
        if raw.envelope.get("side") == "status":
            return [_report(fields, raw.envelope)]
        return [_message(fields, raw.envelope)]

    def answer(self) -> tuple[str, str]:
        return '<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml"

    def listed(self, config: Config, *, since: datetime) -> Sequence[Listed]:
        return [_listed(row) for row in _rows(config, since)]

    def media_of(self, listed: Listed, config: Config) -> tuple[str, ...]:
        if not _number(listed.fields.get("NumMedia", "")):
            return ()
        where = f"/2010-04-01/Accounts/{config.account_id}/Messages/{listed.id}/Media.json"
        with wire.session(config) as opened:
            rows = _page(opened, config, where, "media_list")["media_list"]
        uris = [str(row.get("uri") or "") for row in rows if isinstance(row, dict)]
        return tuple(f"{config.api_url}{uri.removesuffix('.json')}" for uri in uris if uri)

    def report(self, listed: Listed, *, key: str) -> DeliveryReport | None:
        return _outcome(listed.id, listed.status, code=listed.code, words="", key=key, to=listed.to)


_WISHES = {"STOP": Wish.STOP, "START": Wish.START, "HELP": Wish.HELP}


# -- the signature
def is_signed(post: Post, *, secret: str, signature: str) -> bool:
    """HMAC-SHA1 over the address and all fields in order, or over the address of a body whose hash
    is in it. Twilio signs with and without the port."""
    pairs = _pairs(post.body) if post.is_form else []
    if pairs is None or not (post.is_form or _has_hash(post)):
        return False
    given = signature.encode("utf-8", "replace")
    made = [_signature(url, pairs, secret) for url in _addresses(post.url)]
    found = [hmac.compare_digest(given, one) for one in made]
    return any(found)


def _signature(url: str, pairs: Sequence[tuple[str, str]], secret: str) -> bytes:
    """Each name in order with its values in order, every value of a name once."""
    fields = "".join(f"{name}{value}" for name, value in sorted(set(pairs)))
    content = (url + fields).encode("utf-8", "surrogateescape")
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha1).digest())


def _addresses(url: str) -> Iterator[str]:
    yield url
    target = urlsplit(url)
    host = target.netloc.rpartition("@")[2]
    port = _PORTS.get(target.scheme)
    if target.port is not None:
        yield target._replace(netloc=host.rpartition(":")[0]).geturl()
    elif port:
        yield target._replace(netloc=f"{host}:{port}").geturl()


def _has_hash(post: Post) -> bool:
    said = parse_qs(urlsplit(post.url).query).get("bodySHA256", [""])[0]
    made = hashlib.sha256(post.body).hexdigest()
    return hmac.compare_digest(said.encode(), made.encode())


def _pairs(body: bytes) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="surrogateescape",
        )
    except ValueError:
        return None


# -- in
def fields_of(body: bytes, *, is_form: bool) -> dict[str, str]:
    """The fields of a post, as text that can be stored; the first of each name."""
    found: dict[str, str] = {}
    for name, value in (_pairs(body) or []) if is_form else []:
        found.setdefault(_clean(name), _clean(value))
    return {name: value for name, value in found.items() if name.strip()}


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8", "replace").replace("\x00", "")


def media_of(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Addresses of the parts of a picture message, in their order."""
    named = [fields.get(f"MediaUrl{place}", "") for place in range(MOST_MEDIA)]
    return tuple(url for url in named if url)


def _message(fields: Mapping[str, str], envelope: Mapping[str, object]) -> InboundMessage:
    sender, sid = fields.get("From", ""), fields.get("MessageSid") or fields.get("SmsSid") or ""
    if not sender:
        raise Malformed("no_sender")
    if ":" in sender:
        raise Malformed("not_a_text", words=sender.partition(":")[0][:40])
    address = address_of(sender)
    wish = str(envelope.get("wish") or "")
    to = fields.get("To", "")
    return InboundMessage(
        sender=address,
        grade=Grade.PASS,
        # who asks for silence, or for its end, waits for no answer
        origin=Origin.AUTO_REPLY if wish in {Wish.STOP, Wish.START} else Origin.PERSON,
        addressees=(Addressee(role=RecipientRole.TO, address=address_of(to)),) if to else (),
        text=fields.get("Body", ""),
        message_id=sid,
        is_answerable=address.kind is IdentityKind.PHONE,
        details=_details(fields, wish),
    )


def _details(fields: Mapping[str, str], wish: str) -> dict[str, object]:
    media = media_of(fields)
    return {**({"wish": wish} if wish else {}), **({"media": len(media)} if media else {})}


def _report(fields: Mapping[str, str], envelope: Mapping[str, object]) -> DeliveryReport:
    sid = fields.get("MessageSid") or fields.get("SmsSid") or ""
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if not sid:
        raise Malformed("no_message")
    query = parse_qs(str(envelope.get("query") or ""))
    return _outcome(
        sid,
        status,
        code=_number(fields.get("ErrorCode", "")),
        words=fields.get("ErrorMessage", ""),
        key=query.get(KEY, [""])[0],
        to=fields.get("To", ""),
    )


def _outcome(sid: str, status: str, *, code: int, words: str, key: str, to: str) -> DeliveryReport:
    outcome = OUTCOMES.get(status, Outcome.UNKNOWN)
    has_failed = outcome is Outcome.FAILED
    ours = CODES.get(code, "provider_failed") if has_failed else ""
    return DeliveryReport(
        provider_id=sid,
        key=key,
        outcome=outcome,
        recipient=to,
        code=ours,
        action=status[:40],
        words=_words(code, words) if has_failed else "",
        ends_address=ours in ENDS,
    )


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0


def _words(code: int, said: str) -> str:
    return " ".join(part for part in (str(code or ""), said.strip()) if part)[:1000]


# -- out
def _asked(text: Text, config: Config) -> dict[str, str | list[str]]:
    """In the order of Twilio's own library, so that the two can be held against each other."""
    asked: dict[str, str | list[str]] = {"To": text.to}
    if config.callback:
        asked["StatusCallback"] = f"{config.callback}?{urlencode({KEY: text.key})}"
    asked["MessagingServiceSid" if config.is_service else "From"] = config.sender
    if text.body or not text.media:
        asked["Body"] = text.body
    if text.media:
        asked["MediaUrl"] = [*text.media]
    return asked


def _understood(response: requests.Response, text: Text) -> Sent:
    said = wire.json_of(response)
    if response.status_code >= _REFUSED:
        return _refused(response, said, text)
    sid = said.get("sid")
    if not isinstance(sid, str) or not sid:
        raise OutcomeUnknown("answer_unreadable", words=f"HTTP {response.status_code}")
    if OUTCOMES.get(str(said.get("status"))) is Outcome.FAILED:
        return _failed(_code(said), text, _words(_code(said), str(said.get("error_message") or "")))
    return Sent(provider_id=sid)


def _refused(response: requests.Response, said: Mapping[str, Any], text: Text) -> Sent:
    """Our request was refused, or its server broke while it had it, which may be after all."""
    status, code = response.status_code, _code(said)
    words = _words(code, str(said.get("message") or "")) or f"HTTP {status}"
    if status >= _SERVER_ERROR:
        raise OutcomeUnknown("outcome_unknown", words=words)
    if status == _TOO_MANY:
        raise TransientFailure("too_many", words=words, retry_after=wire.retry_after(response))
    if status in _LOGIN and code not in CODES:
        raise TransientFailure("login_refused", words=words)
    return _failed(code, text, words)


def _failed(code: int, text: Text, words: str) -> Sent:
    """Not sent. What is true of the number is told as such, so that it is remembered."""
    ours = CODES.get(code, "refused")
    if ours in NOT_NOW:
        raise TransientFailure(ours, words=words)
    if ours in ENDS:
        refused = {text.to: (ours, words)}
        return Sent(provider_id="", refused=refused, gone=frozenset({text.to}))
    raise PermanentFailure(ours, words=words, address=text.to)


def _code(said: Mapping[str, Any]) -> int:
    found = said.get("code") or said.get("error_code") or 0
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


# -- its own list
def _rows(config: Config, since: datetime) -> Iterator[Mapping[str, Any]]:
    day = since.astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")
    query = {"DateSent>": day, "PageSize": str(PAGE)}
    where = f"/2010-04-01/Accounts/{config.account_id}/Messages.json?{urlencode(query)}"
    with wire.session(config, most=8 * 1024 * 1024) as opened:
        for _ in range(MOST_PAGES):
            page = _page(opened, config, where, "messages")
            yield from (row for row in page["messages"] if isinstance(row, dict))
            where = str(page.get("next_page_uri") or "")
            if not where.startswith("/"):
                return


def _page(opened: requests.Session, config: Config, where: str, holds: str) -> Mapping[str, Any]:
    try:
        response = opened.get(f"{config.api_url}{where}", auth=(config.login, config.password))
    except (requests.RequestException, OSError) as error:
        raise TransientFailure("unreachable", words=type(error).__name__) from error
    said = wire.json_of(response)
    if response.status_code >= _REFUSED or not isinstance(said.get(holds), list):
        raise TransientFailure("unreachable", words=f"HTTP {response.status_code}")
    return said


def _listed(row: Mapping[str, Any]) -> Listed:
    def text(name: str) -> str:
        return _clean(str(row.get(name) or ""))

    fields = {
        "MessageSid": text("sid"),
        "AccountSid": text("account_sid"),
        "From": text("from"),
        "To": text("to"),
        "Body": text("body"),
        "NumMedia": text("num_media"),
    }
    return Listed(
        id=text("sid"),
        to=text("to"),
        sender=text("messaging_service_sid") or text("from"),
        body=text("body"),
        status=text("status").lower(),
        code=_code(row),
        is_inbound=text("direction") == "inbound",
        at=_moment(text("date_sent") or text("date_created")),
        fields=fields,
    )


def _moment(said: str) -> datetime | None:
    """RFC 2822, as Twilio writes dates."""
    try:
        return parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return None
