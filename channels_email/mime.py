"""Raw mail to canonical message. Pure: a stored receipt can be read again after every fix."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message as Part
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime

from channels_email import (
    addresses,
    bounces,
    filters,
    folding,
    forwards,
    parts,
    relays,
    repair,
    spam,
    threading,
    trial,
    trim,
)
from channels_email.authentication import verdict
from channels_email.charsets import clean
from channels_email.headers import Headers, without_envelope_line
from conversations.adapters.base import Malformed
from conversations.adapters.messages import (
    Address,
    Addressee,
    DeliveryReport,
    Event,
    IdentityKind,
    InboundMessage,
    Origin,
    RawEvent,
    RecipientRole,
    SentCopy,
)

LARGEST = 50 * 1024 * 1024
"""Bytes of a mail that is read; a larger one is kept raw and set aside."""
LONGEST_TEXT = 1024 * 1024
"""Characters of text that a message shows; the raw mail keeps the rest."""
_YEARS = range(1971, 2100)


def normalize(raw: RawEvent, *, domain: str) -> tuple[Event, ...]:
    """The event of one mail; a mail of our own connection test is none.

    `domain` is the one that our own Message-IDs and loop marks carry. Raises Malformed as `read`.
    """
    mail = parse(raw.body)
    if trial.is_test_mail(Headers(mail).raw(trial.MARK.lower())):
        return ()
    message = _message(mail, raw, domain)
    return (SentCopy(message=message) if raw.envelope.get("is_sent") else message,)


def read(raw: RawEvent, *, domain: str) -> InboundMessage:
    """One mail, whatever it is; what a bounce says stands in its `reports`.

    Raises Malformed where there is nothing to read (`empty`) or too much (`too_large`).
    """
    return _message(parse(raw.body), raw, domain)


def parse(body: bytes) -> Part:
    """The mail's tree of parts. Raises Malformed as `read`."""
    if len(body) > LARGEST:
        raise Malformed("too_large", size=len(body), limit=LARGEST)
    if not body.strip(b"\x00 \t\r\n"):
        raise Malformed("empty")
    return _parse(body)


def _parse(body: bytes) -> Part:
    body = repair.repaired(without_envelope_line(body))
    try:
        return message_from_bytes(body, policy=repair.LENIENT)
    except (RecursionError, ValueError, LookupError, TypeError, IndexError, AttributeError):
        # hostile nesting, and what else the parser trips over: the header and the words remain
        return BytesHeaderParser(policy=repair.LENIENT).parsebytes(body)


def _message(mail: Part, raw: RawEvent, domain: str) -> InboundMessage:
    headers = Headers(mail)
    contents = parts.read(mail)
    subject = headers.text("subject")[:998]
    plain = parts.plain_lines(contents)
    text, folded = _words(plain, subject)
    sender = _sender(headers, raw)
    claimed = relays.claimed(headers, sender, raw)
    origin = filters.origin(
        mail,
        headers,
        # a form may send in our own name: then somebody else wrote
        sender="" if claimed else sender.value,
        own_addresses=raw.own_addresses,
        domain=domain,
    )
    references, own_id = threading.references(headers), threading.message_id(headers)
    return InboundMessage(
        sender=sender,
        grade=verdict.grade(headers, raw, sender=sender),
        origin=origin,
        addressees=_addressees(headers),
        reply_to=next(iter(addresses.parse_list(headers.raw("reply-to"))), None),
        claimed=claimed,
        forwarded=forwards.read(mail, headers, "\n".join(plain[0])[:LONGEST_TEXT]),
        subject=subject,
        text=text,
        folded=folded,
        html=folding.marked(clean(parts.markup(contents)), text=text, folded=folded),
        sent_at=_date(headers.raw("date")),
        message_id=own_id,
        references=references,
        # a copy of our own mail that comes back names its case by its own id
        tokens=threading.tokens(headers, (*references, own_id), _envelope_recipients(raw)),
        files=tuple(contents.files),
        language=_language(headers),
        reports=_reports(mail, headers, raw.body, sender) if origin is Origin.BOUNCE else (),
        is_answerable=filters.is_answerable(
            headers,
            sender=sender.value,
            returns_to=_returns_to(raw),
            own_addresses=raw.own_addresses,
        ),
        is_spam=spam.is_spam(headers, raw.envelope),
        details=_details(contents),
    )


def _returns_to(raw: RawEvent) -> str | None:
    given = raw.envelope.get("sender")
    return given.strip() if isinstance(given, str) else None


def _reports(
    mail: Part, headers: Headers, body: bytes, sender: Address
) -> tuple[DeliveryReport, ...]:
    return bounces.reports(mail, headers, body, sender=sender.value)


def _words(plain: tuple[list[str], list[int]], subject: str) -> tuple[str, str]:
    """(what was written, the folded remainder). Of a forward nothing is folded."""
    lines, marks = plain
    above, folded = trim.split_lines(lines, marks, is_forward=forwards.is_named_so(subject))
    return above[:LONGEST_TEXT], folded[:LONGEST_TEXT]


def _sender(headers: Headers, raw: RawEvent) -> Address:
    """From, else who handed it over. A mail from nobody is kept as from an unknown of its own."""
    found = addresses.parse_list(headers.raw("from"))
    if found:
        return found[0]
    shown = addresses.display_names(headers.raw("from"))
    for name in ("sender", "reply-to", "return-path"):
        for address in addresses.parse_list(headers.raw(name)):
            return Address(kind=address.kind, value=address.value, name=shown or address.name)
    given = addresses.parse_list(str(raw.envelope.get("sender") or ""))
    if given:
        return given[0]
    digest = hashlib.sha256(raw.body).hexdigest()[:24]
    return Address(kind=IdentityKind.EXTERNAL, value=f"mail:{digest}", name=shown)


def _addressees(headers: Headers) -> tuple[Addressee, ...]:
    return tuple(
        Addressee(role=role, address=address)
        for role in (RecipientRole.TO, RecipientRole.CC)
        for value in headers.all(role)
        for address in addresses.parse_list(value)
    )[: addresses.MOST]


def _envelope_recipients(raw: RawEvent) -> tuple[str, ...]:
    given = raw.envelope.get("recipients")
    return tuple(map(str, given)) if isinstance(given, list) else ()


def _date(value: str) -> datetime | None:
    """The sender's clock, where it says something that can be a time."""
    try:
        at = parsedate_to_datetime(re.sub(r"\(.{0,80}\)", "", value)[:80])
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.year in _YEARS else None


def _language(headers: Headers) -> str:
    tag = headers.raw("content-language").partition(",")[0].strip().lower()
    return tag[:16] if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}", tag) else ""


def _details(contents: parts.Contents) -> dict[str, object]:
    """What a template may show beside the words."""
    found: dict[str, object] = {}
    if contents.count > parts.MOST_PARTS:
        found["parts_left_out"] = contents.count - parts.MOST_PARTS
    return found
