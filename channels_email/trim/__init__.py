"""What somebody wrote, apart from what they quoted and signed. One linear scan over the lines.

Whatever is not sure to be a quotation stays visible, and what is folded is kept: the rows that
show and those that do not are together all of the mail.
"""

from __future__ import annotations

from collections.abc import Sequence

from channels_email.trim.rows import Mark, gather, written_out
from channels_email.trim.scanner import reach, scan

__all__ = ["Mark", "borders", "split", "split_lines"]


def split(text: str) -> tuple[str, str]:
    """(what was written, the folded remainder). The first is empty only when all is blank."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return split_lines(lines, [Mark.WORDS] * len(lines))


def split_lines(
    lines: Sequence[str], marks: Sequence[int], *, is_forward: bool = False
) -> tuple[str, str]:
    """As `split`, where the markup has already told something about the lines.

    A forward is shown whole: what it quotes is what the writer hands on.
    """
    rows = gather(lines, marks)
    shown, folded = (range(len(rows)), ()) if is_forward else scan(rows)
    return written_out(rows, shown, quote="> "), written_out(rows, folded)


def borders(
    lines: Sequence[str], marks: Sequence[int]
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Between which two lines the folded top ends, and the folded end starts; None without one.

    Lines are counted from 0; what stands between the two lines is blank.
    """
    rows = gather(lines, marks)
    first, end = reach(rows)
    above = (rows.places[first - 1], rows.places[first]) if first else None
    below = (rows.places[end - 1], rows.places[end]) if end < len(rows) else None
    return above, below
