"""Whether raw bytes name an address, in the ways in which mail, forms and JSON write one."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from urllib.parse import quote

_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4,}={0,2}\r?\n?)+")
_SOFT_BREAK = re.compile(rb"=[ \t]*\r?\n")


def written(address: str) -> list[str]:
    """An address in lower case as it may stand: plain, in a form, in JSON, quoted-printable."""
    plain = address.lower()
    marked = [plain.replace("@", at) for at in ("\\u0040", "=40")]
    return list(dict.fromkeys([plain, quote(plain, safe="").lower(), *marked]))


def names(content: bytes, addresses: Iterable[str]) -> bool:
    """Whether one of these stands in there, plainly or encoded."""
    sought = [one.encode() for address in addresses for one in written(address)]
    return any(one in text for text in _readings(content) for one in sought)


def _readings(content: bytes) -> Iterable[bytes]:
    plain = content.lower()
    yield plain
    yield _SOFT_BREAK.sub(b"", plain)
    for run in _BASE64.finditer(content):
        letters = b"".join(run[0].split()).rstrip(b"=")
        whole = letters[: len(letters) // 4 * 4]
        rest = letters[len(whole) :]
        padded = rest + b"=" * (-len(rest) % 4) if len(rest) > 1 else b""
        yield binascii.a2b_base64(whole + padded).lower()
