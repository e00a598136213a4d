"""`On Friday, Ana wrote:`: the line above a quotation, in whatever language.

Known by its evidence, not by its wording: a day it starts with, a time, an address, a verb of
writing, a colon at its end. Mail programs break it into several lines.
"""

# ruff: noqa: RUF001 -- words and signs of many languages
from __future__ import annotations

import re
from enum import IntEnum

from channels_email.trim.rows import Rows

LONGEST = 400
"""Characters of an intro, all its lines together."""
_SHORTEST = 6
_MOST_LINES = 6
_SHORT_NAME = 8
"""Words that may stand before the address where no day does."""


class Strength(IntEnum):
    NONE = 0
    WEAK = 1
    """Counts where a quotation follows that is marked as one."""
    STRONG = 2
    """Nobody writes this by hand: what follows is quoted, marked or not."""


_COLONS = (":", "：", ":*", ":_")
_ENDS = (*_COLONS, ">")
_VERB = re.compile(
    r"""(?<!\w)(?:wrote|writes|a\ écrit|a\ ecrit|écrivait|escribió|escribio|escribe|va\ escriure
      |ha\ escrit|escreveu|ha\ scritto|scrive|schrieb|schrieben|schreef|geschreven|skrev|skreiv
      |napisał(?:\(a\)|a)?|pisze|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|je\ napisa[ol]a?|napisao
      |kirjoitti|kirjutas|rašė|rakstīja|a\ scris|írta|yazdı|şunları\ yazdı|đã\ viết|menulis
      |написала?|писала?|пишет|написав|пише|написа|έγραψε|כתב|كتب|نوشت)(?!\w)
      |写道|寫道|写到|さんは書きました|のメール|작성|썼습니다""",
    re.IGNORECASE | re.VERBOSE,
)
_GLUED = re.compile(r">wrote\s*:$", re.IGNORECASE)
_ADDRESS = re.compile(r"<\s?(?:mailto:)?[^<>@]{0,100}@[^<>]{1,200}>|\[mailto:")
_ENDS_WITH_ADDRESS = re.compile(r">\W{0,3}:\W?$")
_TIME = re.compile(r"(?<!\d)\d{1,2}\s?[:.h時点]\s?\d{2}(?!\d)")
_DAY = re.compile(r"(?<!\d)(?:(?:19|20)\d\d(?!\d)|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d))|\d{4}年")
_STARTS_WITH_DAY = re.compile(r"^\W{0,4}(?:[^\W\d_]{1,14}\W{1,3}){0,4}\d{1,4}(?!\d)")
_PREPOSITION = re.compile(
    r"^\W{0,4}(?:on|le|el|em|il|am|den|op|dne|dňa|dnia|w\ dniu|på|pe|at|a|no\ dia|il\ giorno"
    r"|mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|mer|gio|jeu|jue|ven|vie|sam|sáb|dom|dim|mo|di|mi"
    r"|do|fr|sa|so|\d)",
    re.IGNORECASE,
)
_ENDS_SENTENCE = re.compile(r"[^\W\d]{5,}[.!?]$")


def may_end(text: str) -> bool:
    """The cheap question that nearly every line answers with no."""
    return text.endswith(_ENDS) and _SHORTEST <= len(text) <= LONGEST


def ending_at(rows: Rows, last: int) -> tuple[int, Strength]:
    """(first row, strength) of the intro whose last row this is."""
    best, first, strength = 0, last, Strength.NONE
    joined = ""
    for start in range(last, max(-1, last - _MOST_LINES), -1):
        if start < last and not _goes_on(rows, start, joined):
            break
        joined = f"{rows.texts[start]} {joined}".rstrip()
        if len(joined) > LONGEST:
            break
        worth, found = _worth(joined, stands_alone=start == 0 or rows.gaps[start] > 0)
        if worth > best:
            best, first, strength = worth, start, found
    return first, strength


def _goes_on(rows: Rows, start: int, below: str) -> bool:
    """Whether this row and what is below it can be one sentence broken in two."""
    above = rows.texts[start]
    is_open = below.count(">") > below.count("<")
    return (
        (rows.gaps[start + 1] == 0 or is_open or below.startswith("<"))
        and not above.startswith(">")
        and not above.endswith(":")
        and not _ENDS_SENTENCE.search(above)
    )


def _worth(text: str, *, stands_alone: bool) -> tuple[int, Strength]:
    """How good an intro these lines together are, 0 for none, and its strength."""
    starts_with_day = bool(_STARTS_WITH_DAY.match(text) and _DAY.search(text))
    has_address = bool(_ADDRESS.search(text))
    if text.count(">") > text.count("<"):
        return 0, Strength.NONE  # its beginning is further up
    if not text.endswith(_COLONS):
        is_dated = starts_with_day and has_address and text.count(">") == text.count("<")
        return (3, Strength.WEAK) if is_dated else (0, Strength.NONE)
    if starts_with_day:
        return _dated(text, has_address=has_address)
    if not (_VERB.search(text) or _GLUED.search(text)):
        return 0, Strength.NONE
    is_name = stands_alone and len(text.split("<", maxsplit=1)[0].split()) <= _SHORT_NAME
    if has_address:
        return 3, Strength.STRONG if is_name else Strength.WEAK
    return 1, Strength.WEAK


def _dated(text: str, *, has_address: bool) -> tuple[int, Strength]:
    has_verb = bool(_VERB.search(text) or _GLUED.search(text))
    if has_address:
        is_strong = has_verb or _ENDS_WITH_ADDRESS.search(text)
        return (4, Strength.STRONG) if is_strong else (2, Strength.WEAK)
    is_exact = _TIME.search(text) and _PREPOSITION.match(text)
    if has_verb:
        return 4, Strength.STRONG if is_exact else Strength.WEAK
    return 0, Strength.NONE
