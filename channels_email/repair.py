"""Header blocks that broke on their way, put right before the parser sees them.

The parser takes the first line that is no header field for the end of the headers, and all the
rest, the subject among it, for text.
"""

from __future__ import annotations

import re
from email.policy import Compat32

LONGEST = 512 * 1024
"""Bytes in which the header block must end; a longer one is left as it is."""
_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_FIELD = re.compile(rb"[!-9;-~]+(?P<space>[ \t]*):")
_KNOWN = re.compile(
    rb"(?:from|to|cc|sender|reply-to|subject|date|message-id|received|return-path|delivered-to"
    rb"|mime-version|content-type|content-transfer-encoding|in-reply-to|references|x-[a-z0-9-]+"
    rb"|authentication-results|dkim-signature|precedence|auto-submitted)[ \t]*:",
    re.IGNORECASE,
)
_BY_PROGRAMS = re.compile(
    rb"(?:message-id|received|return-path|delivered-to|mime-version|content-type|x-[a-z0-9-]+"
    rb"|content-transfer-encoding|in-reply-to|references|authentication-results|dkim-signature)"
    rb"[ \t]*:",
    re.IGNORECASE,
)
_QUOTED = re.compile(rb"\*?(?:sent|gesendet|enviado|inviato|verzonden)\W{0,3}:", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|head|body|div|p|table|font|span)\b", re.IGNORECASE)
_TYPE = re.compile(r"^(\s*multipart/[\w.+-]+)\s+(?=boundary\s*=)", re.IGNORECASE)


class Lenient(Compat32):
    """compat32, but a Content-Type's boundary is found when it is folded or lacks its semicolon."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() != "content-type":
            return name, value
        return name, _TYPE.sub(r"\1; ", value.replace("\r", "").replace("\n", ""))


LENIENT = Lenient()


def repaired(body: bytes) -> bytes:
    """The mail with a header block that can be read; a text without any headers keeps all of it."""
    end = _end_of_headers(body)
    lines = body[:end].splitlines(keepends=True)
    bad = {place for place, line in enumerate(lines) if not _is_header_line(line)}
    known = [place for place, line in enumerate(lines) if _KNOWN.match(line)]
    if lines and (not known or _is_bare(lines, bad)):
        return (b"Content-Type: text/html\n\n" if _MARKUP.match(body) else b"\n") + body
    if not bad or min(bad) > known[-1]:
        return body
    fixed = [_fixed(line, place) if place in bad else line for place, line in enumerate(lines)]
    return b"".join(fixed) + body[end:]


def _is_bare(lines: list[bytes], bad: set[int]) -> bool:
    """Words of somebody with a quoted header block below: no program wrote it for this mail."""
    is_quoted = len(bad) > 1 or any(_QUOTED.match(line) for line in lines)
    return 0 in bad and is_quoted and not any(_BY_PROGRAMS.match(line) for line in lines)


def _end_of_headers(body: bytes) -> int:
    found = _BLANK.search(body, 0, LONGEST)
    return found.start() if found else min(len(body), LONGEST)


def _is_header_line(line: bytes) -> bool:
    if line[:1] in {b" ", b"\t"} or not line.strip():
        return True
    field = _FIELD.match(line)
    return field is not None and not field["space"]


def _fixed(line: bytes, place: int) -> bytes:
    """A space before the colon goes (RFC 5322 4.5); what is no field belongs to the one above."""
    field = _FIELD.match(line)
    if field is not None:
        return line[: field.start("space")] + line[field.end("space") :]
    return b"X-Unreadable: " + line if place == 0 else b" " + line
