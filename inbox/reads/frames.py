"""HTML mail, cleaned once more for the frame: stored markup is not trusted either."""

from __future__ import annotations

from urllib.parse import unquote

import nh3
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from conversations.adapters.messages import FOLDED_CLASS
from conversations.models import Message

TAGS = nh3.ALLOWED_TAGS | {"font", "center", "section", "main", "big", "tt", "figure", "figcaption"}
SHARED = {"style", "align", "valign", "width", "height", "bgcolor", "dir", "lang", "title"}
ATTRIBUTES = {
    "*": SHARED,
    "a": {"href"},
    "img": {"src", "alt"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
    "details": {"class"},
}
STYLES = {
    "color", "background-color", "font", "font-family", "font-size", "font-style", "font-weight",
    "line-height", "text-align", "text-decoration", "text-transform", "vertical-align",
    "white-space", "width", "max-width", "height", "margin", "margin-top", "margin-right",
    "margin-bottom", "margin-left", "padding", "padding-top", "padding-right", "padding-bottom",
    "padding-left", "border", "border-top", "border-right", "border-bottom", "border-left",
    "border-collapse", "border-spacing", "border-radius", "border-color", "border-style",
    "border-width", "display", "letter-spacing", "list-style-type", "direction",
}  # fmt: skip
"""Nothing that leaves its place, covers others or fetches."""
LEADS_OUT = ("http:", "https:", "mailto:", "tel:")
FOLDED = f'<details class="{FOLDED_CLASS}">'
"""As the cleaning writes it: in a text or a value its signs would be escaped."""
REMOTE = ("remote:", "http:", "https:", "//")
"""How pictures from elsewhere begin; the first is how e-mail keeps their links from loading."""
MOST_REMOTE = 100
"""Pictures from elsewhere that one mail can have us fetch."""
DEEPEST = 1_000_000
"""Characters of markup that are shown; the rest of a longer mail is in its attachments."""


def document(message: Message, *, is_remote_shown: bool = False) -> SafeString:
    """The mail's markup with its own pictures in place; remote ones by way of us, if at all."""
    places = _places(message) if is_remote_shown else {}
    own = {f.content_id: f.pk for f in message.attachments.all() if f.content_id}

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src":
            return places.get(value) or _picture(value, own)
        if attribute == "class":
            return value if value == FOLDED_CLASS else None
        is_link = attribute == "href"
        return None if is_link and not value.startswith(LEADS_OUT) else value

    cleaned = nh3.clean(
        message.html[:DEEPEST],
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data", "remote"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    if FOLDED in cleaned:
        cleaned = cleaned.replace(FOLDED, FOLDED + render_to_string("inbox/_quoted.html"))
    return mark_safe(cleaned)  # noqa: S308  # nh3 has just cleaned it


def _picture(source: str, own: dict[str, int]) -> str | None:
    if source.startswith("cid:"):
        number = own.get(unquote(source.removeprefix("cid:")).strip("<>"))
        return reverse("inbox:attachment", args=[number]) if number else None
    if source.startswith(
        ("data:image/png", "data:image/jpeg", "data:image/gif", "data:image/webp")
    ):
        return source
    return None


def _places(message: Message) -> dict[str, str]:
    """Our address for each remote picture."""
    sources = remote_sources(message.html)[:MOST_REMOTE]
    return {
        source: reverse("inbox:image", args=[message.case_id, message.pk, number])
        for number, source in enumerate(sources)
    }


def remote_address(message: Message, number: int) -> str | None:
    """Where the mail's picture of this number is, counted from 0."""
    sources = remote_sources(message.html)[:MOST_REMOTE]
    if number >= len(sources):
        return None
    source = sources[number].removeprefix("remote:")
    return f"https:{source}" if source.startswith("//") else source


def remote_pictures(html: str) -> int:
    """How many pictures the mail would fetch from elsewhere."""
    return len(remote_sources(html))


def remote_sources(html: str) -> list[str]:
    """The pictures that the mail would fetch from elsewhere, as it names them."""
    found: list[str] = []

    def count(tag: str, attribute: str, value: str) -> str | None:
        if tag == "img" and attribute == "src" and value.startswith(REMOTE):
            found.append(value)
        return None

    if "<img" in html.lower():
        nh3.clean(
            html[:DEEPEST],
            tags={"img"},
            attributes={"img": {"src"}},
            attribute_filter=count,
            url_schemes={"remote", "http", "https"},
        )
    return found
