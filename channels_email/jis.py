"""ISO-2022-JP as it is sent: with the letters that only vendors' tables have (①, ㈱, 髙).

Python's own codecs stop at them. The two-byte codes are those of Shift_JIS, laid out in another
way (JIS X 0208, appendix 1), and Python's cp932 knows the vendors' rows.
"""

from __future__ import annotations

import re

NAMES = {"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext"}
_SEGMENT = re.compile(rb"(\x1b\$[@B]|\x1b\([BJI])")
_KATAKANA = b"\x1b(I"
_OTHER_SETS = re.compile(rb"\x1b(?:\$[()A]|\$\([A-Z]|\.[A-Z])")


def decode(content: bytes) -> str:
    """Raises UnicodeDecodeError for bytes that no table has, or that are not seven bits wide."""
    content.decode("ascii")
    if _OTHER_SETS.search(content):
        return content.decode("iso2022_jp_ext")
    return "".join(map(_line, content.splitlines(keepends=True)))


def _line(line: bytes) -> str:
    """Every line begins in ASCII, whether or not the one before went back to it (RFC 1468)."""
    mode, text = b"", ""
    for piece in _SEGMENT.split(line):
        if _SEGMENT.fullmatch(piece):
            mode = piece
        elif mode.startswith(b"\x1b$"):
            bare = piece.rstrip(b"\r\n")
            text += _shifted(bare) + piece[len(bare) :].decode("ascii")
        elif mode == _KATAKANA:
            text += bytes(byte | 0x80 for byte in piece).decode("cp932")
        else:
            text += piece.decode("ascii")
    return text


def _shifted(run: bytes) -> str:
    """JIS rows and cells as Shift_JIS lead and trail bytes. Blanks among them stand for nothing."""
    run = run.translate(None, bytes(range(0x21)) + b"\x7f")
    moved = bytearray()
    for row, cell in zip(run[::2], run[1::2], strict=False):
        lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)  # noqa: PLR2004
        trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)  # noqa: PLR2004
        moved += bytes((lead, trail))
    return moved.decode("cp932")
