"""Bytes to text, whatever charset was declared: nothing raises, nothing that PostgreSQL refuses."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

from channels_email import jis

_NAMES = {
    # what a label means on the web (WHATWG Encoding, "names and labels"): supersets that cover
    # the bytes which senders really use under it
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-cn": "gb18030",
    "chinesesimplified": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp-ms": "iso-2022-jp",
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "unknown-8bit": "",
    "x-unknown": "",
    "default": "",
    "default_charset": "",
    "binary": "",
}
_NOT_CHARSETS = {
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "oem",
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BEYOND_ASCII = re.compile("[\u00a1-\ufffc]")
_BY_DEFAULT = {"utf-8", "cp1252"}
"""What programs declare without looking."""
_HIGH_RUN = re.compile(rb"[\x80-\xff][\x40-\xff]{3,}")
_ASCII = bytes(range(128))
_SHORTEST_GUESS, _LONGEST_GUESS = 6, 4096
_CANDIDATES = ["cp1252", "gb18030", "cp932", "cp949", "big5", "euc_jp", "cp1251"]
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(content: bytes, declared: str = "") -> str:
    """Text of `content`: by its byte order mark, the declared charset, UTF-8, then by its looks."""
    for mark, name in _MARKS:
        if content.startswith(mark):
            return clean(content.decode(name, "replace"))
    name = codec_name(declared)
    for candidate in dict.fromkeys(filter(None, (name, "utf-8"))):
        try:
            return clean(
                jis.decode(content) if candidate in jis.NAMES else content.decode(candidate)
            )
        except (UnicodeError, ValueError):
            continue
    return clean(_best_effort(content, name))


def _best_effort(content: bytes, name: str) -> str:
    """A few bad bytes among good ones keep the declared charset; otherwise it is guessed."""
    if name in jis.NAMES:
        return content.decode("cp932", "replace")
    if name and name != "utf-8":
        return content.decode(name, "replace")
    text = content.decode("utf-8", "replace")
    is_mostly_utf8 = text.count("\ufffd") * 4 < len(_BEYOND_ASCII.findall(text))
    return text if is_mostly_utf8 else content.decode(guessed(content), "replace")


def guessed(content: bytes) -> str:
    """The codec that undeclared bytes look like: an East Asian or Cyrillic one, or windows-1252.

    Single letters beyond ASCII between others are Western; guessing needs a run of them.
    """
    found = _HIGH_RUN.findall(content[:_LONGEST_GUESS])
    runs = [run for run in found if len(run.translate(None, _ASCII)) * 2 >= len(run)]
    if sum(map(len, runs)) < _SHORTEST_GUESS:
        return "cp1252"
    sample = b" ".join(runs)
    best = charset_normalizer.from_bytes(
        sample,
        cp_isolation=_CANDIDATES,
        preemptive_behaviour=False,
        steps=1,
        chunk_size=len(sample),
    ).best()
    return best.encoding if best is not None else "cp1252"


def codec_name(declared: str) -> str:
    """Python's name of a declared charset; empty when it is none that we decode with."""
    label = declared.strip().strip("\"'").lower()[:60]
    label = _NAMES.get(label, label)
    try:
        found = codecs.lookup(label) if label.isascii() else None
    except (LookupError, ValueError):
        return ""
    is_text = found is not None and getattr(found, "_is_text_encoding", True)
    if found is None or not is_text or found.name.replace("-", "_") in _NOT_CHARSETS:
        return ""
    return found.name


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which PostgreSQL cannot hold."""
    return _UNFIT.sub("\ufffd", text) if _UNFIT.search(text) else text


def one_line(text: str) -> str:
    """A header's text: clean, one line, no control characters."""
    return " ".join(_CONTROLS.sub("", clean(text)).split())


def from_surrogates(text: str, declared: str = "") -> str:
    """Text of a header in which the parser kept raw 8-bit bytes as lone surrogates.

    It is UTF-8 where it can be (RFC 6532); else in the charset that the mail's text is in.
    """
    if text.isascii():
        return text
    content = text.encode("utf-8", "surrogateescape")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return decode(content, "" if codec_name(declared) in _BY_DEFAULT else declared)
