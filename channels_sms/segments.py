"""How many parts a text becomes on the air, and which letter makes them so many. Pure.

GSM 03.38: 160 septets in one message or 153 in each of several; a letter of the extension table
takes two. One letter outside of both forces UCS-2: 70 code units, or 67 in each of several. What
takes two units is never cut apart.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
UNITS = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENDED, 2)}
"""Septets of each letter of GSM 03.38."""
GSM, UCS2 = "GSM-7", "UCS-2"
ROOM = {GSM: (160, 153), UCS2: (70, 67)}
"""Units in a message of one part, and in each part of several."""
PLAIN = {
    "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u201c": '"', "\u201d": '"', "\u201e": '"',
    "\u00ab": '"', "\u00bb": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
    "\u00a0": " ", "\u202f": " ", "\u2022": "-", "\u00aa": "a", "\u00ba": "o",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """`units` septets or UTF-16 code units in `parts`; `letter` is the first that forces UCS-2."""

    encoding: str
    units: int
    parts: int
    letter: str = ""


def measure(text: str) -> Segments:
    text = text.replace("\r\n", "\n")
    letter = next((each for each in text if each not in UNITS), "")
    encoding = UCS2 if letter else GSM
    sizes = [_width(each) for each in text] if letter else [UNITS[each] for each in text]
    alone, each_of_many = ROOM[encoding]
    parts = 1 if sum(sizes) <= alone else _packed(sizes, each_of_many)
    return Segments(encoding=encoding, units=sum(sizes), parts=parts, letter=letter)


def unaccented(text: str) -> str:
    """The same words in GSM 03.38, letters without accents where it lacks them; empty when that
    cannot be done, or nothing has to be."""
    plain = "".join(_plain(each) for each in unicodedata.normalize("NFC", text))
    return plain if plain != text and all(each in UNITS for each in plain) else ""


def _width(letter: str) -> int:
    return 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004 -- the last that UTF-16 holds in one


def _packed(sizes: list[int], room: int) -> int:
    parts, left = 1, room
    for size in sizes:
        if size > left:
            parts, left = parts + 1, room
        left -= size
    return parts


def _plain(letter: str) -> str:
    if letter in UNITS:
        return letter
    if letter in PLAIN:
        return PLAIN[letter]
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base in UNITS else letter
