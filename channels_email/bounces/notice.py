"""The parts of a report: the words to people, the fields for machines, the mail it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Part

from channels_email import charsets, htmltext
from channels_email.headers import Headers, value_and_params
from channels_email.html import sanitise
from channels_email.parts import content_of, sub_parts

LONGEST = 128 * 1024
"""Characters of a report that are read; the mail it returns may be of any length."""
MOST_LINES, LONGEST_LINE, LONGEST_RULE = 2000, 1000, 200
MOST_PARTS, DEEPEST = 50, 8
STATUS = {"message/delivery-status", "message/global-delivery-status"}
FEEDBACK = "message/feedback-report"
_RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}
_RULE = re.compile(
    r"^[\W_]*(?:(?:an? |the |your )?(?:original|returned|unsent|enclosed|bounced)"
    r" (?:mail|message)\b(?!.* (?:was|has|could|were) )"
    r"|message headers?\b.*follow|(?:included|below|here|this) is (?:a|the) copy of\b"
    r"|a copy of (?:the|your) (?:original )?message\b|copy of (?:the|your) message"
    r"|below (?:this|the next) line\b|start of returned message|headers follow"
    r"|the first \d{1,4} lines of your original|mensaje original|ursprüngliche nachricht"
    r"|message d'origine|messaggio originale|mensagem original)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^(?:> ?)?(?:(?:Received|Return-Path|DKIM-Signature): ?\S"
    r"|Content-Type: ?(?:message/(?:rfc822|global)\b|(?:text|message)/rfc822-headers))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`lines` are those of the `words` above the returned mail, `fields` the status parts."""

    lines: tuple[str, ...]
    words: str
    fields: tuple[str, ...]
    feedback: str
    returned: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def read(mail: Part) -> Notice:
    """What a report says, and as `returned` the beginning of the mail that it is about."""
    parts = list(walk(mail))
    words = _words(parts)[:LONGEST]
    lines = [line[:LONGEST_LINE] for line in words.splitlines()[:MOST_LINES]]
    end = _end(lines)
    returned = [_text(part) for part in parts if part.get_content_type() in _RETURNED]
    return Notice(
        lines=tuple(lines[:end]),
        words=words,
        fields=tuple(_text(part) for part in parts if part.get_content_type() in STATUS),
        feedback=next((_text(p) for p in parts if p.get_content_type() == FEEDBACK), ""),
        returned="\n".join(returned or lines[end:])[:LONGEST],
    )


def walk(mail: Part, depth: int = 0) -> Iterator[Part]:
    """The leaves of a mail, a returned or forwarded mail as one of them."""
    kind = mail.get_content_type()
    if depth > DEEPEST or kind in _RETURNED | STATUS | {FEEDBACK} or not mail.is_multipart():
        yield mail
        return
    for child in sub_parts(mail)[:MOST_PARTS]:
        yield from walk(child, depth + 1)


def has_returned(mail: Part) -> bool:
    return any(part.get_content_type() in _RETURNED for part in walk(mail))


def _words(parts: list[Part]) -> str:
    """Plain text, else markup as text. A damaged report may be one lump of raw text."""
    plain = [_text(p) for p in parts if p.get_content_type() not in STATUS | _RETURNED | {FEEDBACK}
             and p.get_content_type() != "text/html" and _is_shown(p)]  # fmt: skip
    text = "\n".join(plain)
    if "@" in text or not any(p.get_content_type() == "text/html" for p in parts):
        return text
    html = "".join(_text(p) for p in parts if p.get_content_type() == "text/html")
    lines, _ = htmltext.lines_of(sanitise(html[:LONGEST]))
    return "\n".join(lines)


def _is_shown(part: Part) -> bool:
    headers = Headers(part)
    is_attached = headers.raw("content-disposition").lower().lstrip().startswith("attachment")
    return part.get_content_maintype() in {"text", "multipart"} and not is_attached


def _text(part: Part) -> str:
    _kind, params = value_and_params(Headers(part).raw("content-type"))
    content = content_of(part) or _lump(part)
    return charsets.decode(content[:LONGEST], params.get("charset", ""))


def _lump(part: Part) -> bytes:
    """A multipart whose boundary never came is text for the parser."""
    payload = part.get_payload()
    return payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""


def _end(lines: list[str]) -> int:
    """The line where the returned mail begins."""
    for place, line in enumerate(lines):
        if _FIELD.match(line) or (_RULE.match(line) and len(line) < LONGEST_RULE):
            return place
    return len(lines)
