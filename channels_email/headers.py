"""Header fields of a parsed mail, decoded by ourselves.

The e-mail package's newer policies decode each header with a full grammar: four times the time,
and an exception where the header is odd. Here: compat32 parsing, raw values, RFC 2047 words.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from email.message import Message as Part
from email.parser import BytesHeaderParser
from urllib.parse import unquote_to_bytes

from channels_email import charsets, repair

LONGEST = 64 * 1024
"""Characters of one header that are looked at."""
LONGEST_HEAD = 1024 * 1024
"""Bytes of all headers that are looked at where only those are wanted."""
_WORD = re.compile(
    r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000}|.{0,2000}?)\?=", re.DOTALL
)


def without_envelope_line(mail: bytes) -> bytes:
    """Pipes of old hand a mbox `From ` line over first; blank lines may stand before a header."""
    mail = mail.lstrip(b"\r\n") if mail[:1] in b"\r\n" else mail
    return mail.split(b"\n", 1)[-1] if mail.startswith((b"From ", b">From ")) else mail


def head(mail: bytes) -> Headers:
    """The header of a mail without a look at its parts."""
    whole = repair.repaired(without_envelope_line(mail)[:LONGEST_HEAD])
    return Headers(BytesHeaderParser(policy=repair.LENIENT).parsebytes(whole))


class Headers:
    """Fields by lower-case name, values raw and unfolded, in the order of the mail."""

    def __init__(self, part: Part) -> None:
        raw = [(name.lower(), str(value)[:LONGEST]) for name, value in part.raw_items()]
        is_plain = all(value.isascii() for _name, value in raw)
        charset = "" if is_plain else _charset_of(part)
        self.fields = [(name, _unfold(value, charset)) for name, value in raw]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def raw(self, name: str) -> str:
        """The first field of that name, undecoded; empty when there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def text(self, name: str) -> str:
        """The first field of that name, decoded, one line."""
        return decoded(self.raw(name))

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _value in self.fields)


def _charset_of(part: Part) -> str:
    """The charset of the mail's first text: headers in raw bytes are written in the same."""
    for inner in itertools.islice(part.walk(), 20):
        for name, value in inner.raw_items():
            if name.lower() == "content-type" and "charset" in str(value).lower():
                return value_and_params(str(value)[:1000])[1].get("charset", "")
    return ""


def _unfold(value: str, charset: str) -> str:
    """One line, raw 8-bit bytes made letters: the parser keeps those as lone surrogates."""
    if not value.isascii():
        value = _WORD.sub(_with_escapes, value)
        value = charsets.from_surrogates(value, charset)
    text = charsets.clean(value)
    return text.replace("\r", "").replace("\n", "") if "\n" in text or "\r" in text else text


def _with_escapes(word: re.Match[str]) -> str:
    """Raw bytes inside of an encoded word are in the word's charset."""
    return re.sub("[\udc80-\udcff]", lambda byte: f"={ord(byte[0]) - 0xDC00:02X}", word[0])


def decoded(value: str) -> str:
    """Text of a header value: encoded words (RFC 2047) and raw 8-bit bytes."""
    if "=?" not in value:
        return charsets.one_line(charsets.from_surrogates(value))
    return charsets.one_line("".join(_pieces(value)))


def _pieces(value: str) -> list[str]:
    """Adjacent words of one charset are joined as bytes: senders split characters, even base64."""
    pieces: list[str] = []
    run: list[tuple[str, str]] = []
    charset, end = "", 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        if run and (between.strip() or word[1].lower() != charset):
            pieces.append(charsets.decode(_run_bytes(run), charset))
            run = []
        if between.strip() or not end:
            pieces.append(between)
        charset, end = word[1].lower(), word.end()
        run.append((word[2].lower(), word[3]))
    return [*pieces, charsets.decode(_run_bytes(run), charset), value[end:]]


def _run_bytes(run: list[tuple[str, str]]) -> bytes:
    """Base64 that ends in the middle of a group goes on in the next word."""
    content, pending = b"", ""
    for encoding, text in run:
        if encoding == "q":
            content, pending = content + _word_bytes("b", pending) + _word_bytes("q", text), ""
            continue
        pending += text
        if text.endswith("=") or len(pending) % 4 == 0:
            content, pending = content + _word_bytes("b", pending), ""
    return content + _word_bytes("b", pending)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    if encoding == "q":
        return unquote_to_bytes(raw.replace(b"%", b"%25").replace(b"=", b"%").replace(b"_", b" "))
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    try:
        return base64.b64decode(raw[: len(raw) - (len(raw) % 4 == 1)] + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw


def value_and_params(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x` as ("text/plain", {"charset": "x"}): quotes, RFC 2231, RFC 2047."""
    first, *rest = _split_params(value)
    plain: dict[str, str] = {}
    parts: dict[str, list[tuple[int, str, bool]]] = {}
    for piece in rest[:200]:
        name, _, text = piece.partition("=")
        base, star, tail = name.strip().lower().partition("*")
        if star:
            number = re.sub(r"\D", "", tail)[:4]
            parts.setdefault(base, []).append(
                (int(number or 0), _unquoted(text), tail.endswith("*") or not tail)
            )
        else:
            plain.setdefault(base, _unquoted(text))
    found = {name: decoded(text) for name, text in plain.items()}
    return first.strip().lower(), {**found, **{name: _joined(p) for name, p in parts.items()}}


def _split_params(value: str) -> list[str]:
    """Split at semicolons outside of quotes; one pass."""
    pieces, start, quoted, escaped = [], 0, False, False
    for place, character in enumerate(value):
        if escaped:
            escaped = False
        elif character == "\\" and quoted:
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            pieces.append(value[start:place])
            start = place + 1
    return [*pieces, value[start:]]


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        # a lone backslash is a path's: senders put whole paths into file names
        text = re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text.strip('"').strip()


def _joined(parts: list[tuple[int, str, bool]]) -> str:
    """Continuations in order; the first percent-encoded one names the charset (RFC 2231 4)."""
    charset, content = "", b""
    for place, (_number, text, is_encoded) in enumerate(sorted(parts, key=lambda p: p[0])):
        if is_encoded and place == 0 and text.count("'") > 1:
            charset, _language, text = text.split("'", 2)  # noqa: PLW2901
        raw = text.encode("utf-8", "surrogateescape")
        content += unquote_to_bytes(raw) if is_encoded else raw
    joined = charsets.decode(content, charset)
    return decoded(joined) if "=?" in joined else charsets.one_line(joined)
