"""A look into raw bytes that cannot do harm: decoded, cut, and plain text all the way."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

HEAD = 64 * 1024
"""Bytes looked at."""
TEXT = 4000
"""Characters shown."""
SHOWN = ("From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "Content-Type")


def headers(raw: bytes) -> list[tuple[str, str]]:
    """The headers that tell what a mail was about, decoded; none where the bytes are no mail."""
    parsed = BytesHeaderParser(policy=compat32).parsebytes(raw[:HEAD])
    return [(name, _decoded(parsed, name)) for name in SHOWN if name in parsed]


def _decoded(parsed: Message, name: str) -> str:
    value = str(parsed[name])
    try:
        readable = str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        readable = value
    return _printable(" ".join(readable.split()))[:500]


def text(raw: bytes) -> str:
    """The beginning of the bytes as text, whatever they are."""
    return _printable(raw[:HEAD].decode("utf-8", "replace").replace("\r\n", "\n"))[:TEXT]


def _printable(words: str) -> str:
    """Without controls and direction overrides, which could make a text look like another."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in words)
