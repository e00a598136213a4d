"""Marks in a mail's markup what the scanner folded, so that the page can fold it too.

The markup is parted where the folded lines begin (or, below a quotation, end): what is open there
is closed, a `<details>` opened, and what was closed is opened again in it. That holds for one
element and for all that follows Outlook's header block alike, and stays well-formed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

from channels_email import trim
from channels_email.htmltext import VOID, Text
from conversations.adapters.messages import FOLDED_CLASS

_OPEN = f'<details class="{FOLDED_CLASS}">'
_CLOSE = "</details>"
_OF_THE_SENDER = {"details", "summary"}
"""Elements that hide on their own: nothing is parted in them."""


def marked(markup: str, *, text: str, folded: str) -> str:
    """Markup (nh3's output) with what is folded at its top and end in `<details>`.

    As it was where nothing is folded, where the folded has no element of its own, and where a
    word of `text` would no longer show.
    """
    if not (markup and folded):
        return markup
    lines = _Lines(markup)
    above, below = trim.borders(lines.lines, lines.marks)
    if not _shows(text, lines.lines, above[1] if above else 0, below[1] if below else None):
        return markup
    tail = _cut(markup, lines, below, is_top=False) if below else None
    head = _cut(markup, lines, above, is_top=True) if above else None
    if tail:
        markup = tail.closed(markup) + _OPEN + tail.reopened(markup) + _CLOSE
    return _OPEN + head.closed(markup) + _CLOSE + head.reopened(markup) if head else markup


def _shows(text: str, lines: list[str], first: int, end: int | None) -> bool:
    """Whether no word that was written is only in the folded; plain text and markup may differ."""
    shown = lines[first:end]
    hidden = [*lines[:first], *([] if end is None else lines[end:])]
    return not (_words(text.split("\n")) & _words(hidden)) - _words(shown)


def _words(lines: list[str]) -> set[str]:
    return {word for line in lines for word in re.findall(r"\w+", line)}


class _Lines(Text):
    """The lines, and where in the source each has its first and its last word or picture."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.starts = _line_starts(source)
        self.firsts: list[int] = []
        self.lasts: list[int] = []
        self.first = self.last = -1
        self.feed(source)
        self.close()
        self.end_line()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        if tag == "img":
            self.note()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.note()
        super().handle_data(data)

    def note(self) -> None:
        row, column = self.getpos()
        self.last = self.starts[row - 1] + column
        self.first = self.last if self.first < 0 else self.first

    def add(self, line: str) -> None:
        before = len(self.lines)
        super().add(line)
        if len(self.lines) > before:
            self.firsts.append(self.last if self.first < 0 else self.first)
            self.lasts.append(self.last)
        self.first = -1


def _line_starts(source: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in source.split("\n"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A place in the markup, and the tags (name, as written) that are open there."""

    place: int
    around: list[tuple[str, str]]

    def closed(self, markup: str) -> str:
        ends = "".join(f"</{tag}>" for tag, _ in reversed(self.around))
        return markup[: self.place] + ends

    def reopened(self, markup: str) -> str:
        return "".join(written for _, written in self.around) + markup[self.place :]


def _cut(markup: str, lines: _Lines, border: tuple[int, int], *, is_top: bool) -> _Cut | None:
    """Where to part the markup between two lines; None where no element begins or ends there."""
    after, before = lines.lasts[border[0]], lines.firsts[border[1]]
    if after >= before:
        return None  # within one text
    gap = _Gap(after=after, is_top=is_top)
    for tag in _TAG.finditer(markup, 0, before):
        gap.step(tag)
    gap.look(before)
    hides = any(name in _OF_THE_SENDER for name, _ in gap.around)
    return _Cut(place=gap.place, around=gap.around) if gap.is_border and not hides else None


_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?: [^\s"=<>]+="[^"]*")*>')
"""As nh3 writes them: nowhere else does its output have a `<` that is not within a value."""


class _Gap:
    """Walks from a line's last word to the next one's first, to the place with least around it.

    Pictures in the gap stay with what was written.
    """

    def __init__(self, *, after: int, is_top: bool) -> None:
        self.after, self.is_top = after, is_top
        self.open: list[tuple[str, str]] = []
        self.depth_before = -1
        self.place = -1
        self.around: list[tuple[str, str]] = []
        self.has_rule = self.is_past_picture = False

    @property
    def is_border(self) -> bool:
        """Whether an element ends (of the folded top) or begins (of the folded end) here."""
        depth = self.depth_before if self.is_top else len(self.open)
        return self.place >= 0 and (self.has_rule or depth > len(self.around))

    def step(self, tag: re.Match[str]) -> None:
        if tag.start() > self.after:
            self.look(tag.start())
        if tag[1]:
            del self.open[-1:]
        elif tag[2] not in VOID:
            self.open.append((tag[2], tag[0]))
        elif tag.start() > self.after:
            self.pass_by(tag[2])

    def look(self, place: int) -> None:
        """Takes this place if less is open here than at any before it in the gap."""
        if self.depth_before < 0:
            self.depth_before = len(self.open)
        if not self.is_past_picture and (self.place < 0 or len(self.open) < len(self.around)):
            self.place, self.around, self.has_rule = place, list(self.open), False

    def pass_by(self, tag: str) -> None:
        self.has_rule = self.has_rule or tag == "hr"
        if tag == "img" and self.is_top:
            self.is_past_picture = True
        elif tag == "img":
            self.place = -1
