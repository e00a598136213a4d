"""The lines of a mail that say something, in parallel lists: one entry each that is not blank.

Lists and not objects, because a hostile mail has half a million lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum


class Mark(IntEnum):
    """What the markup says about a line, and what the scanner finds out."""

    WORDS = 0
    QUOTED = 1
    INDENTED = 2
    """In a plain `<blockquote>`: quoted where an intro stands above it, else words."""
    INTRO = 3
    """`On … wrote:`: a machine's words, wherever it stands."""
    SIGNED = 4
    REST = 5
    """From here on everything is quotation."""
    RULE = 6
    """A line of dashes, stars or the like."""


@dataclass(slots=True)
class Rows:
    """`texts` are stripped, `raw` is as written; `gaps` counts the blank lines above."""

    raw: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """Which of the lines given each is."""

    def __len__(self) -> int:
        return len(self.texts)


_INVISIBLE = str.maketrans("", "", "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def gather(lines: Iterable[str], marks: Iterable[int]) -> Rows:
    rows = Rows()
    gap = 0
    for place, (line, mark) in enumerate(zip(lines, marks, strict=True)):
        text = line.strip()
        if text and not (text[0] < "\u2070" and text.isascii()):
            text = text.translate(_INVISIBLE).strip()
        if not text:
            gap += 1
            continue
        rows.raw.append(line)
        rows.texts.append(text)
        rows.gaps.append(gap)
        rows.marks.append(mark)
        rows.places.append(place)
        gap = 0
    return rows


def written_out(rows: Rows, places: Sequence[int], *, quote: str = "") -> str:
    """These lines with the blank ones between them; one at least where others were taken out.

    `quote` stands before what only the markup showed to be quoted.
    """
    out: list[str] = []
    last = -1
    for place in places:
        if out:
            out += [""] * max(rows.gaps[place], place != last + 1)
        out.append((quote if rows.marks[place] == Mark.QUOTED else "") + rows.raw[place])
        last = place
    return "\n".join(out).rstrip()
