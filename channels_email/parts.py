"""A mail's parts: what is its text, what its markup, what its files."""

from __future__ import annotations

import html as escapes
import mimetypes
from dataclasses import dataclass, field
from email.generator import BytesGenerator
from email.message import Message as Part
from io import BytesIO
from itertools import islice

from channels_email import charsets, htmltext, tnef
from channels_email.headers import Headers, value_and_params
from channels_email.html import sanitise
from channels_email.trim import Mark
from conversations.adapters.messages import File

DEEPEST = 50
MOST_PARTS = 1000
_STRUCTURE = {Mark.QUOTED, Mark.INTRO, Mark.REST}
_SUFFIXES = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/rfc822-headers": ".txt",
    "text/calendar": ".ics",
    "text/plain": ".txt",
    "text/html": ".html",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
_STEMS = {"text/calendar": "invite", "application/pgp-signature": "signature"}
_ALIASES = {".jpg": (".jpg", ".jpeg"), ".html": (".html", ".htm")}


@dataclass(slots=True)
class Block:
    """A stretch of the body: as plain text, as markup, or both."""

    text: str = ""
    html: str = ""


@dataclass(slots=True)
class Contents:
    blocks: list[Block] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    count: int = 0


def read(mail: Part) -> Contents:
    """Text blocks and files in the order of the mail; beyond the limits the raw mail has them."""
    contents = Contents()
    contents.blocks = _walk(mail, contents, depth=0)
    if not contents.files and not any(b.text.strip() or b.html for b in contents.blocks):
        contents.blocks = _left_over(mail)
    return contents


def _left_over(mail: Part) -> list[Block]:
    """What stands around the parts, where boundaries broke: better shown than lost."""
    around = [
        text
        for part in islice(mail.walk(), MOST_PARTS)
        for text in (part.preamble, part.epilogue)
        if text and text.strip()
    ]
    return [Block(text=charsets.clean(charsets.from_surrogates("\n".join(around))))]


def _walk(part: Part, contents: Contents, *, depth: int) -> list[Block]:
    contents.count += 1
    if contents.count > MOST_PARTS or depth > DEEPEST:
        return []
    children = _children(part)
    if children is None:
        return _leaf(part, contents)
    blocks = [_walk(child, contents, depth=depth + 1) for child in children]
    if part.get_content_type() == "multipart/alternative":
        return _best(blocks)
    return [block for inner in blocks for block in inner]


def _children(part: Part) -> list[Part] | None:
    """Sub-parts, or None for a leaf. A forwarded mail is one file, whatever is inside."""
    if part.get_content_maintype() == "message" or not part.is_multipart():
        return None
    return sub_parts(part)


def _best(blocks: list[list[Block]]) -> list[Block]:
    """One of the alternatives each (RFC 2046 5.1.4): the first with words, the last with markup.

    Plain texts that differ are no alternatives, whatever the sender calls them: all are kept.
    """
    plain = [inner for inner in blocks if any(b.text.strip() and not b.html for b in inner)]
    text = [block for inner in plain for block in inner]
    marked = next((inner for inner in reversed(blocks) if any(b.html for b in inner)), [])
    if not (text and marked):
        return marked or text
    text = plain[0]
    return [
        Block(
            text="\n".join(b.text for b in text if b.text).strip("\n"),
            html="".join(b.html or as_html(b.text) for b in marked),
        )
    ]


def _leaf(part: Part, contents: Contents) -> list[Block]:
    headers = Headers(part)
    disposition, places = value_and_params(headers.raw("content-disposition"))
    kind, params = value_and_params(headers.raw("content-type"))
    # inside of a digest a part without a type is a mail (RFC 2046 5.1.5)
    kind = kind if "/" in kind else part.get_default_type()
    if kind.startswith("multipart/"):
        kind = "text/plain"  # no boundary of it was found: what there is, is text
    name = places.get("filename") or params.get("name", "")
    if tnef.is_package(kind, name):
        return _unpacked(part, headers, kind, name, contents)
    is_file = disposition == "attachment" or bool(name) or not kind.startswith("text/")
    if is_file or kind in {"text/calendar", "text/rfc822-headers", "text/x-vcard", "text/vcard"}:
        contents.files.append(_file(part, headers, kind, name, disposition))
        return []
    text = charsets.decode(content_of(part), params.get("charset", ""))
    if kind == "text/html":
        return [Block(html=sanitise(text))]
    return [Block(text=_reflowed(text, params))] if text.strip() else []


def _unpacked(
    part: Part, headers: Headers, kind: str, name: str, contents: Contents
) -> list[Block]:
    """A winmail.dat's files and text; itself as well where some of it was not understood."""
    files, text, markup_ = tnef.unpacked(content_of(part))
    contents.files += files
    if not all(file.content for file in files) or not (files or text or markup_):
        contents.files.append(_file(part, headers, kind, name or "winmail.dat", "attachment"))
    return [Block(text=text, html=sanitise(markup_) if markup_ else "")] if text or markup_ else []


def _reflowed(text: str, params: dict[str, str]) -> str:
    """Soft line ends of format=flowed put together (RFC 3676 4)."""
    if params.get("format", "").lower() != "flowed":
        return text
    joiner = "" if params.get("delsp", "").lower() == "yes" else " "
    lines: list[list[str]] = []
    is_soft = False
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.removeprefix(" ")
        is_quote = bare.startswith(">")
        if is_soft and not is_quote and lines:
            last = lines[-1].pop().rstrip(" ")
            lines[-1] += [last, bare] if last or not lines[-1] else [bare]
        else:
            lines.append([bare])
        is_soft = bare.endswith(" ") and bare != "-- " and not is_quote
    return "\n".join(map(joiner.join, lines))


def _file(part: Part, headers: Headers, kind: str, name: str, disposition: str) -> File:
    content_id = headers.text("content-id").strip("<> ")[:255]
    is_inline = disposition != "attachment" and bool(content_id) and kind.startswith("image/")
    return File(
        name=name or _made_up_name(kind, content_id, part),
        type=kind[:120],
        content=content_of(part),
        is_inline=is_inline,
        content_id=content_id,
    )


def _made_up_name(kind: str, content_id: str, part: Part) -> str:
    if kind == "message/rfc822" and (inner := sub_parts(part)):
        subject = Headers(inner[0]).text("subject")
        if subject:
            return f"{subject[:80]}.eml"
    suffix = _SUFFIXES.get(kind) or mimetypes.guess_extension(kind) or ""
    stem = content_id.partition("@")[0] or _STEMS.get(kind, kind.partition("/")[0])
    is_name = bool(suffix) and stem.lower().endswith(_ALIASES.get(suffix, (suffix,)))
    return stem if is_name else stem + suffix


def sub_parts(part: Part) -> list[Part]:
    """The parts right inside of a part; asking a leaf for them could make the parser decode it."""
    inside = part.get_payload() if part.is_multipart() else []
    return [child for child in inside if isinstance(child, Part)]


def content_of(part: Part) -> bytes:
    """A part's bytes, its transfer encoding undone as far as it can be."""
    if part.is_multipart():
        return _written_out(part)
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        return b""  # the raw mail has it
    return content if isinstance(content, bytes) else b""


def _written_out(part: Part) -> bytes:
    """The mail inside of a message/* part, as it would be sent."""
    out = BytesIO()
    for inner in sub_parts(part):
        try:
            BytesGenerator(out, mangle_from_=False, maxheaderlen=0).flatten(inner)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            out.write(repr(inner).encode("utf-8", "replace"))
    return out.getvalue()


def as_html(text: str) -> str:
    """Plain text beside markup of other parts."""
    return (
        f'<div style="white-space: pre-wrap">{escapes.escape(text)}</div>' if text.strip() else ""
    )


def plain_lines(contents: Contents) -> tuple[list[str], list[int]]:
    """The lines of all blocks, and what their markup says about each (`trim.Mark`)."""
    lines: list[str] = []
    marks: list[int] = []
    for block in contents.blocks:
        found = _lines(block)
        lines += [*found[0], ""]
        marks += [*found[1], Mark.WORDS]
    return lines, marks


def _lines(block: Block) -> tuple[list[str], list[int]]:
    """The markup knows best where a quotation starts; where it is silent, the plain text shows."""
    lines, marks = htmltext.lines_of(block.html) if block.html else ([], [])
    if block.text.strip() and not _STRUCTURE.intersection(marks):
        return as_lines(block.text)
    return lines, marks


def as_lines(text: str) -> tuple[list[str], list[int]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines, [Mark.WORDS] * len(lines)


def markup(contents: Contents) -> str:
    """All blocks as markup when one of them has any; else empty: plain text needs none."""
    if not any(block.html for block in contents.blocks):
        return ""
    return "".join(block.html or as_html(block.text) for block in contents.blocks)
