"""One pass down to find where quotation starts, one up to take off what trails."""

# ruff: noqa: RUF001 -- words and signs of many languages
from __future__ import annotations

from collections.abc import Sequence

from channels_email.trim import boundaries, intros, signatures
from channels_email.trim.intros import Strength
from channels_email.trim.rows import Mark, Rows

_SHORTEST = 6
"""Characters of a line that can tell anything, where no sign or colon does."""
_SIGNS = frozenset(">-_*#=~+—–ᐧ")
_MOST_CUTS = 20
"""Quotations and signatures below one another that are taken off."""


def _says_nothing(text: str) -> bool:
    """The quick way through half a million lines of nearly nothing."""
    if len(text) == 1:
        return text not in ">ᐧ—–"
    return len(text) < _SHORTEST and text[0] not in _SIGNS and ":" not in text


class _Scan:
    """What each row is, and `end`: the row from which on everything is quotation.

    `is_whole`: nothing is folded. `is_copy`: a mail's header stands on top, so what follows is
    what the writer hands on, and no line in it ends their words.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.kinds = list(rows.marks)
        self.end = len(rows)
        self.first_words = -1
        self.is_whole = self.is_copy = False
        self.looked_at = -1

    def run(self) -> None:
        for row, text in enumerate(self.rows.texts):
            is_plain = self.kinds[row] == Mark.WORDS and _says_nothing(text)
            if not is_plain and self.note(row, text):
                return
            if self.first_words < 0 and self.kinds[row] == Mark.WORDS:
                self.first_words = row

    def note(self, row: int, text: str) -> bool:
        """Sets what the row is. True when there is no need to look further."""
        mark = self.kinds[row]
        if mark == Mark.REST or boundaries.is_marker(text):
            return self.ends_at(row)
        is_quoted = self.is_quoted(row)
        if is_quoted or mark == Mark.INTRO:
            self.is_whole = self.starts_a_quotation(row) and boundaries.is_forward(text)
            self.kinds[row] = Mark.QUOTED if is_quoted else Mark.INTRO
            return self.is_whole
        self.kinds[row] = Mark.WORDS if mark == Mark.INDENTED else mark
        if intros.may_end(text):
            return self.note_intro(row)
        return self.note_boundary(row, text)

    def is_quoted(self, row: int) -> bool:
        mark = self.rows.marks[row]
        if mark == Mark.INDENTED:
            return row > 0 and self.kinds[row - 1] in {Mark.INTRO, Mark.QUOTED}
        return mark == Mark.QUOTED or (
            self.rows.texts[row][0] == ">" and not self.is_intros_end(row)
        )

    def is_intros_end(self, row: int) -> bool:
        """`<`, an address and `> wrote:`, each on a line: no quotation starts there."""
        text = self.rows.texts[row]
        is_alone = row > 0 and self.kinds[row - 1] == Mark.WORDS and not self.rows.gaps[row]
        return is_alone and len(text) < 20 and intros.may_end(text) and "<" not in text  # noqa: PLR2004

    def starts_a_quotation(self, row: int) -> bool:
        return row == 0 or self.kinds[row - 1] not in {Mark.QUOTED, Mark.INTRO}

    def note_intro(self, row: int) -> bool:
        first, strength = intros.ending_at(self.rows, row)
        is_above_quote = row + 1 < len(self.rows) and (
            self.rows.marks[row + 1] in {Mark.QUOTED, Mark.INDENTED}
            or self.rows.texts[row + 1][0] == ">"
        )
        is_end = strength == Strength.STRONG and not is_above_quote
        if is_end and not self.is_copy and self.has_words_above(first):
            return self.ends_at(first)
        if strength == Strength.STRONG or (strength and is_above_quote):
            self.set_intro(first, row)
            return False
        return self.note_boundary(row, self.rows.texts[row])

    def set_intro(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            self.kinds[row] = Mark.INTRO
        if self.first_words >= first:
            self.first_words = -1

    @property
    def is_shown_whole(self) -> bool:
        return self.is_whole or self.first_words < 0

    def has_words_above(self, row: int) -> bool:
        return 0 <= self.first_words < row

    def note_boundary(self, row: int, text: str) -> bool:
        if signatures.is_rule(text):
            self.kinds[row] = Mark.RULE
            return False
        if boundaries.is_forward(text):
            self.is_whole = True
            return True
        if row > self.looked_at and ":" in text[:30] and boundaries.field_of(text):
            is_block, self.looked_at = boundaries.header_block(self.rows, row)
            if is_block and (self.is_copy or not self.has_words_above(row)):
                self.is_copy = True
                return False
            if is_block:
                return self.ends_at(row)
        return boundaries.is_separator(text) and self.ends_at(row)

    def ends_at(self, row: int) -> bool:
        """Nothing above: then what is below is all that there is to say."""
        if self.has_words_above(row):
            self.end = row
        else:
            self.is_whole = True
        return True


def scan(rows: Rows) -> tuple[Sequence[int], Sequence[int]]:
    """(rows that show, rows that are folded), each in order; together all of them."""
    found = _Scan(rows)
    start, end = _reach(found)
    if found.is_shown_whole:
        return range(len(rows)), ()
    shown = [row for row in range(start, end) if found.kinds[row] != Mark.INTRO]
    folded = [row for row in range(start, end) if found.kinds[row] == Mark.INTRO]
    return shown, [*range(start), *folded, *range(end, len(rows))]


def reach(rows: Rows) -> tuple[int, int]:
    """(first row, row behind the last) of what shows; an intro in between is not taken out."""
    return _reach(_Scan(rows))


def _reach(found: _Scan) -> tuple[int, int]:
    found.run()
    if found.is_shown_whole:
        return 0, len(found.rows)
    end = _without_tail(found.rows, found)
    return _behind_lead(found.kinds, end), end


def _without_tail(rows: Rows, found: _Scan) -> int:
    """The end of what was written, without quotations, signatures and rules behind it."""
    end = found.end
    for _ in range(_MOST_CUTS):
        before = end
        for shorter in (_rules, _quotes, lambda kinds, end: signatures.start(rows, kinds, end)):
            place = shorter(found.kinds, end)
            end = place if found.has_words_above(place) else end
        if end == before:
            break
    return end


def _rules(kinds: list[int], end: int) -> int:
    while end and kinds[end - 1] == Mark.RULE:
        end -= 1
    return end


def _quotes(kinds: list[int], end: int) -> int:
    first = end
    while first and kinds[first - 1] == Mark.QUOTED:
        first -= 1
    while first < end and first and kinds[first - 1] == Mark.INTRO:
        first -= 1
    return first


def _behind_lead(kinds: list[int], end: int) -> int:
    """An intro and its quotation above all that was written: a reply below the quotation.

    Where more is quoted further down, the first quotation is part of the exchange and stays.
    """
    first = 0
    while first < end and kinds[first] == Mark.INTRO:
        first += 1
    if not first or first >= end or kinds[first] != Mark.QUOTED:
        return 0
    while first < end and kinds[first] == Mark.QUOTED:
        first += 1
    return 0 if Mark.QUOTED in kinds[first:end] or first >= end else first
