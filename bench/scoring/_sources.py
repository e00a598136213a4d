"""What each source states about a mail, in one form. Every source has a notation of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
_TAG = re.compile(
    r"<(style|script|head)\b.*?</\1>|<!--.*?-->|<[^>]*(?:>|$)", re.DOTALL | re.IGNORECASE
)


@dataclass(slots=True, kw_only=True)
class Stated:
    """None: the source says nothing. `texts` are passages that a reader must find."""

    subject: str | None = None
    address: str | None = None
    name: str | None = None
    texts: list[str] = field(default_factory=list)
    attachment_count: int | None = None
    attachments: list[Json] = field(default_factory=list)
    """Each with some of name, size (bytes), sha256, type."""


def read(expected: Json) -> Stated:
    """What is stated under any of the notations that we know; an empty one for the others."""
    for key, reader in _READERS.items():
        if key in expected:
            return reader(expected[key])
    return Stated()


def without_markup(text: str) -> str:
    return html.unescape(_TAG.sub(" ", text))


def _stalwart(tree: Json) -> Stated:
    headers = tree["parts"][0]["headers"]
    fields = {str(f["name"]): f["value"] for f in reversed(headers)}
    sender = _first_address(fields.get("from"))
    subject = fields.get("subject", {}) if isinstance(fields.get("subject"), dict) else {}
    bodies = [tree["parts"][n] for n in tree["text_body"] if n not in tree["attachments"]]
    return Stated(
        subject=subject.get("Text"),
        address=sender.get("address"),
        name=sender.get("name"),
        texts=[_text_of(part) for part in bodies if not part["is_encoding_problem"]],
        attachments=[_stalwart_file(tree["parts"][n]) for n in tree["attachments"]],
        attachment_count=len(tree["attachments"]) or None,
    )


def _first_address(value: Any) -> Json:
    inside = value.get("Address", {}) if isinstance(value, dict) else {}
    found = inside.get("List") or [
        a for group in inside.get("Group") or [] for a in group["addresses"]
    ]
    return dict(found[0]) if found else {}


def _text_of(part: Json) -> str:
    body = part["body"]
    return str(body.get("Text") or without_markup(str(body.get("Html") or "")))


def _stalwart_file(part: Json) -> Json:
    body = part["body"]
    found: Json = {}
    binary = body.get("Binary") or body.get("InlineBinary")
    if binary is not None:
        found["size"] = len(binary)
    for header in part["headers"]:
        kind = header["value"].get("ContentType") if isinstance(header["value"], dict) else None
        for attribute in (kind or {}).get("attributes") or []:
            if attribute["name"] in {"name", "filename"}:
                found["name"] = attribute["value"]
    return found


def _zbateson(stated: Json) -> Stated:
    sender = stated.get("From") or {}
    passages = [stated[key]["text"] for key in ("text",) if key in stated]
    if "html" in stated:
        passages.append(without_markup(stated["html"]["text"]))
    return Stated(
        subject=stated.get("Subject"),
        address=sender.get("email"),
        name=sender.get("name"),
        texts=passages[:1],
        attachment_count=stated.get("attachments"),
    )


def _zammad(stated: Json) -> Stated:
    body = stated.get("body")
    text = body.get("starts", "") if isinstance(body, dict) else body or ""
    if text == "no visible content":
        text = ""
    if stated.get("content_type") == "text/html" or "</" in text or "<br" in text:
        text = without_markup(without_markup(text))
    files = [f for f in stated.get("attachments") or [] if f.get("filename") != "message.html"]
    return Stated(
        subject=stated.get("subject"),
        address=stated.get("from_email"),
        name=stated.get("from_display_name"),
        texts=[text] if text else [],
        attachments=[{"name": f["filename"]} for f in files if f.get("filename")],
    )


def _asserts(tests: list[Json]) -> Stated:
    """Assertions of PHP test suites, as far as they speak of the mail and not of an object."""
    found = Stated()
    files: list[Json] = []
    for test in tests:
        for name, subject, *wanted in test["asserts"]:
            if name in {"assertEquals", "assertSame"} and wanted:
                _note(found, files, subject, wanted[0])
    found.attachments = [f for f in files if "name" in f or "sha256" in f]
    return found


def _note(found: Stated, files: list[Json], subject: str, wanted: Any) -> None:
    if subject in {"$message->subject", "(string)$message->subject", "$message->getSubject()"}:
        found.subject = str(wanted)
    elif subject in {"$message->from->first()->mail", "$from->mail"}:
        found.address = str(wanted)
    elif subject == "$from->personal":
        found.name = str(wanted)
    elif subject == "$message->getTextBody()" and wanted:
        found.texts = [str(wanted)]
    elif subject == "$attachment->name":
        files.append({"name": str(wanted)})
    elif "sha256" in subject and "attachment" in subject and files:
        files[-1]["sha256"] = str(wanted)


def _chatwoot(stated: Json) -> Stated:
    keys = ("visible", "text", "visible_contains", "visible_prefix")
    return Stated(
        subject=stated.get("subject"),
        texts=[stated[key] for key in keys if key in stated],
        attachment_count=stated.get("attachments"),
        attachments=[{"name": stated["filename"]}] if "filename" in stated else [],
    )


_READERS: dict[str, Callable[[Any], Stated]] = {
    "stalwart_json": _stalwart,
    "expected": _zbateson,
    "zammad_parser_result": _zammad,
    "php_imap_asserts": _asserts,
    "freescout_asserts": _asserts,
    "chatwoot_spec": _chatwoot,
}


def helpdesk(expected: Json) -> Stated:
    """django-helpdesk's notation has no key of its own."""
    contains = expected.get("description_contains") or []
    texts = [expected[key] for key in ("description", "text_contains") if expected.get(key)]
    return Stated(subject=expected.get("title"), texts=[*texts, *contains])


def words(text: str) -> Iterator[str]:
    """Runs of letters and digits, for comparing what is laid out differently."""
    return (found[0] for found in re.finditer(r"[^\W_]+|\ufffd+", text))
