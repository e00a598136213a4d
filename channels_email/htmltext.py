"""Plain text of sanitised HTML, split where the markup itself says that a quotation starts.

Feed it nh3's output only: that is well-formed, so html.parser runs through it in one pass.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BREAKS = {
    "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section",
    "table", "tr", "ul",
}  # fmt: skip
_SPACED = {
    "blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "ul",
}  # fmt: skip
_VOID = {"br", "col", "hr", "img", "wbr"}
_QUOTE = re.compile(
    r"gmail_quote|gmail_extra|yahoo_quoted|yQTDBase|protonmail_quote|zmail_extra|tutanota_quote"
    r"|moz-cite-prefix|reply-intro|isReplyContent"
)
_INTRO = re.compile(r"moz-cite-prefix|reply-intro")
_REST_IS_QUOTE = re.compile(r"divRplyFwdMsg|appendonsend|OLK_SRC_BODY|ms-outlook-mobile-reference")
_LONGEST_SHOWN = 300
"""Characters of a link's target, or of a picture's text, that are repeated in the text."""


class _Text(HTMLParser):
    """Collects lines; `quote_at` is the line where a quotation starts, -1 for nowhere.

    `has_words_after` tells that the writer went on behind or between quotations.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.line: list[str] = []
        self.pre = 0
        self.links: list[tuple[str, int]] = []
        self.depth = self.cited = 0
        self.quote_at = -1
        self.quote_depth = 0
        self.is_intro = self.was_cited = self.rest_is_quote = self.has_words_after = False

    # -- structure
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.depth += tag not in _VOID
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
        if tag not in _VOID:
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
        if self.quote_at < 0:
            is_cited = tag == "blockquote" and given.get("type") == "cite"
            self.rest_is_quote = bool(_REST_IS_QUOTE.search(marks))
            if is_cited or self.rest_is_quote or _QUOTE.search(marks):
                self.end_line()
                self.quote_at, self.quote_depth = len(self.lines), self.depth
                self.is_intro = bool(_INTRO.search(marks))
        if self.quote_at >= 0:
            self.cited += tag == "blockquote"

    def leave(self, tag: str) -> None:
        if self.quote_at >= 0:
            is_over = self.depth == self.quote_depth and not self.is_intro
            self.was_cited |= tag == "blockquote" or is_over
            self.cited -= tag == "blockquote" and self.cited > 0
        self.depth -= 1

    # -- text
    def handle_data(self, data: str) -> None:
        if self.quote_at >= 0 and data.strip() and not self.cited and self.was_cited:
            self.has_words_after |= not self.rest_is_quote
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
        self.lines.append(text.rstrip() if self.pre else text.replace("\xa0", " ").strip())
        self.line = []

    def end_paragraph(self, *, is_spaced: bool) -> None:
        if self.line:
            self.end_line()
        if is_spaced and self.lines and self.lines[-1]:
            self.lines.append("")


def split(sanitised: str) -> tuple[str, str]:
    """(what was written, the quotation), as plain text.

    The quotation is empty where the markup names none, where it is all there is (a forward), or
    where words follow it.
    """
    parser = _Text()
    parser.feed(sanitised)
    parser.close()
    parser.end_line()
    cut = parser.quote_at
    if cut < 0 or parser.has_words_after or not any(parser.lines[:cut]):
        return _tidy(parser.lines), ""
    return _tidy(parser.lines[:cut]), _tidy(parser.lines[cut:])


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
