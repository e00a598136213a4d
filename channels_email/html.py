"""Hostile HTML made harmless, and its plain text.

What is stored is an allow-list's output: no scripts, forms, frames, styles that reach out or
position anything. Images keep `cid:` links; remote ones are kept as `remote:https://…`, a scheme
no browser fetches, so nothing is loaded before somebody asks for it. Class and id survive only
where they mark a quotation.
"""

from __future__ import annotations

import html as escapes
import re

import nh3

from channels_email import depth

LONGEST = 2 * 1024 * 1024
"""Characters of HTML that are looked at; the raw mail keeps the rest."""
DEEPEST = 1500
"""Elements inside of one another; real mail stays under a hundred."""
REMOTE = "remote:"
_MANY_SIGNS = re.compile(r"(?:&[^<&]*+){500}")
"""The parser copies a text anew at each `&` in it: a mark that nobody sees begins another text."""

_TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "blockquote", "br",
    "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn",
    "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "ol", "p",
    "pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
    "wbr",
}  # fmt: skip
_GONE = {
    "script", "style", "title", "template", "noscript", "iframe", "object", "embed", "svg",
    "math", "textarea", "select", "noembed", "noframes", "xmp", "plaintext",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {
        "align",
        "bgcolor",
        "class",
        "dir",
        "id",
        "lang",
        "style",
        "title",
        "valign",
        "width",
        "height",
    },
    "a": {"href", "name"},
    "blockquote": {"type", "cite"},
    "img": {"src", "alt", "border"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style",
    "border-top", "border-width", "color", "direction", "display", "font", "font-family",
    "font-size", "font-style", "font-weight", "height", "letter-spacing", "line-height",
    "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "text-transform",
    "vertical-align", "white-space", "width", "word-break", "word-wrap",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_LEADS_OUT = ("http:", "https:", "mailto:", "tel:")
_PICTURES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp"))
_REACHES_OUT = re.compile(r"url|expression|image|import|@|\\|/\*|behavio", re.IGNORECASE)
QUOTE_MARKS = re.compile(
    r"gmail_quote\w*|gmail_attr|gmail_extra|gmail_signature|moz-cite-prefix|moz-signature"
    r"|yahoo_quoted\w*|yQTDBase|divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|reply-intro"
    r"|protonmail_quote|zmail_extra|tutanota_quote|isReplyContent"
    r"|ms-outlook-mobile-reference-message"
)
"""Classes and ids by which mail programs mark a quotation or a signature."""


def sanitise(source: str) -> str:
    """Markup that can be shown in the mail frame. Empty when nothing is left of it."""
    source = source[:LONGEST]
    if depth.is_beyond(DEEPEST, source):
        return _flat(source)
    source = _MANY_SIGNS.sub(r"\g<0><wbr>", source)
    cleaned = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_GONE,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        filter_style_properties=_STYLES,
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return cleaned if cleaned.strip() else ""


def _flat(source: str) -> str:
    """The words alone, as one block."""
    words = re.sub(r"\n{3,}", "\n\n", re.sub(r"<[^<>]{0,2000}>", "\n", source)).strip()
    return f'<div style="white-space: pre-wrap">{escapes.escape(words)}</div>' if words else ""


def _attribute(_tag: str, name: str, value: str) -> str | None:
    match name:
        case "class" | "id":
            return " ".join(QUOTE_MARKS.findall(value[:200])) or None
        case "style":
            return None if _REACHES_OUT.search(value) else value
        case "cite":
            return None
        case "src":
            return _source(value)
        case "href":
            return value if value.lower().lstrip().startswith(_LEADS_OUT) else None
    return value


def _source(value: str) -> str | None:
    lower = value.strip().lower()
    if lower.startswith(("cid:", *_PICTURES)):
        return value.strip()
    return REMOTE + value.strip() if lower.startswith(("http://", "https://")) else None


def from_text(text: str) -> str:
    """HTML of plain text for an outgoing mail: escaped, links made, lines and quotes kept."""
    return "".join(_block(lines) for lines in text.replace("\r", "").split("\n\n"))


_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")


def _block(text: str) -> str:
    lines = "<br>\n".join(map(_line, text.split("\n")))
    return f"<p>{lines}</p>\n" if text.strip() else ""


def _line(line: str) -> str:
    done, end = [], 0
    for link in _LINK.finditer(line):
        target = link[0].rstrip(".,;:!?)]}")
        href = escapes.escape(target)
        done += [escapes.escape(line[end : link.start()]), f'<a href="{href}">{href}</a>']
        end = link.start() + len(target)
    text = "".join(done) + escapes.escape(line[end:])
    return re.sub(r"^ +", lambda spaces: "&nbsp;" * len(spaces[0]), text)
