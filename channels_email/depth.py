"""How deep markup nests, before a parser whose time grows with the square of that sees it.

Counts as the parser does (HTML standard, 13.2.6), or too high: an end tag closes what is open
within its scope, and no more; what formats goes on until its own end tag.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_NEXT = re.compile(r"<(?=[a-zA-Z/!?])")
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)(?:[^>=]++|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+>""")
_COMMENT = re.compile(r"<!--(?:-?>|(?:[^-]++|-(?!-!?>))*+--!?>)")
_BOGUS = re.compile(r"<[!?/][^>]*+>")
_RAW = {"style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"}
"""Elements whose content is text up to their own end tag."""
_NOWHERE = {"html", "head", "body"}
"""There is one of each, whatever their tags say."""
_ENDS_ITSELF = {
    "area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "td", "th", "tr", "wbr",
}  # fmt: skip
"""Elements that hold nothing, or that the next one of their kind closes."""
_DRAWINGS = {"svg", "math"}
_LEAVES_A_DRAWING = {"br", "dd", "dt", "hr", "img", "li", "meta", "p"}
"""Of these, the ones that are the same in a drawing or a formula, where all others nest."""
_LOOSE = {
    "a", "b", "big", "code", "em", "font", "form", "i", "nobr", "s", "small", "strike", "strong",
    "tt", "u",
}  # fmt: skip
"""Elements that no other end tag closes, and whose own closes nothing else."""
_WALLS = {
    "annotation", "applet", "desc", "foreignobject", "marquee", "mi", "mn", "mo", "ms", "mtext",
    "object", "table", "template", "title",
}  # fmt: skip
"""Elements out of which no end tag reaches, but their own."""


def is_beyond(most: int, source: str) -> bool:
    """Whether more than so many elements are open at once anywhere."""
    open_ones = _Open()
    for name, is_end in _tags(source):
        open_ones.take(name, is_end=is_end)
        if open_ones.count > most:
            return True
    return False


def _tags(source: str) -> Iterator[tuple[str, bool]]:
    """(name, whether it is an end tag), not those in comments, in values, and in raw text.

    In a drawing nothing is raw: from there on the begins in it count too, and no ends.
    """
    at = raw_until = 0
    has_drawing = False
    while found := _NEXT.search(source, at):
        start = found.start()
        tag = _TAG.match(source, start)
        if not (piece := tag or _other(source, start)):
            return  # nothing closes it any more
        at = piece.end()
        if tag is None or (tag[1] and start < raw_until):
            continue
        name = tag[2].lower()
        yield name, bool(tag[1])
        has_drawing = has_drawing or name in _DRAWINGS
        if name in _RAW and not tag[1] and start >= raw_until:
            raw_until = _end_of(name, source, at)
            at = at if has_drawing else raw_until


def _other(source: str, start: int) -> re.Match[str] | None:
    pattern = _COMMENT if source.startswith("<!--", start) else _BOGUS
    return pattern.match(source, start)


def _end_of(name: str, source: str, at: int) -> int:
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(source, at)
    return end.start() if end else len(source)


class _Open:
    """What is open: the elements in each wall, innermost last, and beside them what is loose."""

    def __init__(self) -> None:
        self.walls: list[list[str]] = [[]]
        self.names: list[Counter[str]] = [Counter()]
        self.loose: Counter[str] = Counter()
        self.passing = _ENDS_ITSELF
        self.count = 0

    def take(self, name: str, *, is_end: bool) -> None:
        if name in self.passing or name in _NOWHERE:
            return
        if name in _LOOSE:
            self._loose(name, is_end=is_end)
        elif is_end:
            self._end(name)
        else:
            self._begin(name)

    def _loose(self, name: str, *, is_end: bool) -> None:
        change = 1 if not is_end else -min(self.loose[name], 1)
        self.loose[name] += change
        self.count += change

    def _begin(self, name: str) -> None:
        if name in _DRAWINGS:
            self.passing = _LEAVES_A_DRAWING
        if name in _WALLS:
            self.walls.append([])
            self.names.append(Counter())
        self.walls[-1].append(name)
        self.names[-1][name] += 1
        self.count += 1

    def _end(self, name: str) -> None:
        """Closes all that is open within it too."""
        if not self.names[-1][name]:
            return
        while self.walls[-1]:
            closed = self.walls[-1].pop()
            self.names[-1][closed] -= 1
            self.count -= 1
            if closed == name:
                break
        if name in _WALLS and len(self.walls) > 1:
            self.walls.pop()
            self.names.pop()
