"""Plain text of sanitised HTML, and what the markup itself says about its lines.

Feed it nh3's output only: that is well-formed, so html.parser runs through it in one pass.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from channels_email.trim import Mark

_BREAKS = {
    "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section",
    "table", "tr", "ul",
}  # fmt: skip
_SPACED = {
    "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "ul",
}  # fmt: skip
VOID = {"br", "col", "hr", "img", "wbr"}
_MARKS = (
    (re.compile(r"moz-cite-prefix|reply-intro|gmail_attr"), Mark.INTRO),
    (
        re.compile(r"gmail_signature|moz-signature|AppleMailSignature|ms-outlook-mobile-signature"),
        Mark.SIGNED,
    ),
    (
        re.compile(
            r"gmail_quote|gmail_extra|yahoo_quoted|yQTDBase|protonmail_quote|zmail_extra"
            r"|tutanota_quote|isReplyContent"
        ),
        Mark.QUOTED,
    ),
)
_REST_IS_QUOTE = re.compile(r"divRplyFwdMsg|appendonsend|OLK_SRC_BODY|ms-outlook-mobile-reference")
_LONGEST_SHOWN = 300
"""Characters of a link's target, or of a picture's text, that are repeated in the text."""


class Text(HTMLParser):
    """Collects lines, and a mark for each.

    `within` has the depth and the mark of each element around that says something.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.marks: list[int] = []
        self.line: list[str] = []
        self.pre = 0
        self.links: list[tuple[str, int]] = []
        self.depth = self.cited = 0
        self.within: list[tuple[int, Mark]] = []
        self.is_rest = False

    # -- structure
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.depth += tag not in VOID
        self.note_quote(tag, given)
        self.break_before(tag)
        self.pre += tag == "pre"
        if tag == "a":
            self.links.append((given.get("href", ""), len(self.line)))
        elif tag == "img":
            self.show_picture(given.get("alt", "").strip())

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.links:
            self.show_link(*self.links.pop())
        if tag in _BREAKS:
            self.end_paragraph(is_spaced=tag in _SPACED)
        self.pre -= tag == "pre" and self.pre > 0
        if tag not in VOID:
            self.leave(tag)

    def break_before(self, tag: str) -> None:
        if tag == "br":
            self.end_line()
        elif tag in _BREAKS:
            self.end_paragraph(is_spaced=tag in _SPACED)
            self.line += ["- "] if tag == "li" else []
        elif tag in {"td", "th"} and self.line:
            self.line.append(" ")

    # -- quotations
    def note_quote(self, tag: str, given: dict[str, str]) -> None:
        marks = f"{given.get('class', '')} {given.get('id', '')}"
        if _REST_IS_QUOTE.search(marks):
            self.end_line()
            self.is_rest = True
        mark = _mark_of(tag, marks, given)
        if mark is not None:
            self.end_line()
            self.within.append((self.depth, self.inside(mark)))
            self.cited += tag == "blockquote" and self.mark == Mark.QUOTED

    def inside(self, mark: Mark) -> Mark:
        """What is inside of a quotation is quoted, whatever it was in its own mail."""
        around = {mark for _, mark in self.within}
        if self.cited or (mark == Mark.INDENTED and around - {Mark.INDENTED}):
            return Mark.QUOTED
        return mark

    @property
    def mark(self) -> Mark:
        return self.within[-1][1] if self.within else Mark.WORDS

    def leave(self, tag: str) -> None:
        if self.within and self.within[-1][0] == self.depth:
            self.end_line()
            _, mark = self.within.pop()
            if tag == "blockquote" and mark == Mark.QUOTED:
                self.cited -= 1
                self.go_on_writing()
        self.depth -= 1

    def go_on_writing(self) -> None:
        """Behind a quotation the element around it may have words of the writer's own."""
        place = 0 if self.cited else len(self.within)
        while place and self.within[place - 1][1] == Mark.QUOTED:
            place -= 1
            self.within[place] = (self.within[place][0], Mark.WORDS)

    # -- text
    def handle_data(self, data: str) -> None:
        if self.pre:
            self.keep_lines(data)
        elif data.strip() or self.line:
            self.line.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def keep_lines(self, data: str) -> None:
        first, *rest = data.split("\n")
        self.line.append(first)
        for line in rest:
            self.end_line()
            self.line.append(line)

    def show_link(self, href: str, since: int) -> None:
        """A link's target stands behind its words where those do not show it."""
        words = "".join(self.line[since:])
        bare = re.sub(r"^https?://(www\.)?", "", href).rstrip("/")
        is_hidden = href.startswith("http") and words.strip() and bare not in words
        if is_hidden and len(href) <= _LONGEST_SHOWN:
            self.line.append(f" <{href}>")

    def show_picture(self, alt: str) -> None:
        if alt and len(alt) <= _LONGEST_SHOWN:
            self.line.append(f"[{alt}]")

    def end_line(self) -> None:
        text = "".join(self.line)
        self.add(text.rstrip() if self.pre else text.replace("\xa0", " ").strip())
        self.line = []

    def end_paragraph(self, *, is_spaced: bool) -> None:
        if self.line:
            self.end_line()
        if is_spaced:
            self.add("")

    def add(self, line: str) -> None:
        """Markup is full of empty lines that nobody sees: one at a time is kept."""
        if line or (self.lines and self.lines[-1]):
            self.lines.append(line)
            self.marks.append(Mark.REST if self.is_rest else self.mark)


def _mark_of(tag: str, marks: str, given: dict[str, str]) -> Mark | None:
    if tag == "blockquote":
        is_cited = given.get("type") == "cite" or "border-left" in given.get("style", "")
        is_cited = is_cited or "gmail_quote" in marks
        return Mark.QUOTED if is_cited else Mark.INDENTED
    return next((mark for pattern, mark in _MARKS if pattern.search(marks)), None)


def lines_of(sanitised: str) -> tuple[list[str], list[int]]:
    """(lines, a `Mark` for each), at most one of them empty between two that are not."""
    parser = Text()
    parser.feed(sanitised)
    parser.close()
    parser.end_line()
    return parser.lines, parser.marks
