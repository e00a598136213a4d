"""Facts of parsing: subject, sender, text, attachments, as eight other projects state them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.scoring import Fact, _sources, explained, fact, stated

KINDS = ("mail-parse", "mail-charset", "mail-attachments", "mail-malformed")
TABLE_OF_TEXT = {"mail-charset": "charset"}


def facts(root: Path) -> Iterator[Fact]:
    for kind in KINDS:
        for path, expected in stated(root, kind):
            said = _sources.read(expected)
            if said == _sources.Stated() and ("title" in expected or "description" in expected):
                said = _sources.helpdesk(expected)
            yield from _facts(path, said, explained(path), TABLE_OF_TEXT.get(kind, "text"))


def _facts(
    path: Path, said: _sources.Stated, got: dict[str, Any], text_table: str
) -> Iterator[Fact]:
    if got["kind"] is None:
        yield fact(path, "read at all", "a mail", got["quarantine"], is_right=False)
        return
    yield fact(path, "read at all", "a mail", "a mail", is_right=True)
    yield from _head(path, said, got)
    written, folded = got["text"], got["folded"]
    everything = "\n".join([written, folded, _sources.without_markup(got["html"])])
    for text in said.texts:
        # a quotation may have stood above the words that answer it
        is_right = _contains(everything, text) or _contains(f"{folded}\n{written}", text)
        yield fact(path, text_table, text, got["text"] or everything, is_right=is_right)
    yield from _files(path, said, got["attachments"])


def _head(path: Path, said: _sources.Stated, got: dict[str, Any]) -> Iterator[Fact]:
    sender = got["from"]
    if said.subject is not None:
        is_right = _is_equal(said.subject, got["subject"])
        yield fact(path, "subject", said.subject, got["subject"], is_right=is_right)
    if said.address:
        is_right = said.address.lower() == sender["address"]
        yield fact(path, "sender", said.address, sender["address"], is_right=is_right)
    if said.name:
        is_right = _is_equal(said.name, sender["name"])
        yield fact(path, "sender's name", said.name, sender["name"], is_right=is_right)


def _files(path: Path, said: _sources.Stated, files: list[dict[str, Any]]) -> Iterator[Fact]:
    got = [(f["name"], f["size"]) for f in files]
    if said.attachment_count is not None:
        is_right = said.attachment_count == len(files)
        yield fact(path, "attachments: count", said.attachment_count, got, is_right=is_right)
    for wanted in said.attachments:
        if wanted:
            is_right = any(_is_same(wanted, file) for file in files)
            yield fact(path, "attachments", wanted, got, is_right=is_right)


def _is_same(wanted: dict[str, Any], file: dict[str, Any]) -> bool:
    return (
        ("name" not in wanted or _is_equal(wanted["name"], file["name"]))
        and wanted.get("size", file["size"]) == file["size"]
        and wanted.get("sha256", file["sha256"]) == file["sha256"]
    )


def _is_equal(wanted: str, got: str) -> bool:
    """But for spaces and quotes around; letters that the source itself lost are not compared."""
    if "\ufffd" in wanted:
        return re.findall(r"\w+", wanted, re.ASCII) == re.findall(r"\w+", got, re.ASCII)
    return _plain(wanted) == _plain(got)


def _plain(text: str) -> str:
    return " ".join(text.split()).strip("\"'")


def _contains(everything: str, wanted: str) -> bool:
    """Every word, in order, or every letter in a row. One that the source itself lost is any."""
    if "\ufffd" in wanted:
        needle = re.findall(r"[a-zA-Z0-9]+", wanted)
        hay = iter(re.findall(r"[a-zA-Z0-9]+", everything))
    else:
        needle = list(_sources.words(wanted))
        hay = iter(_sources.words(everything))
    return all(any(word == found for found in hay) for word in needle) or (
        "".join(_sources.words(wanted)) in "".join(_sources.words(everything))
    )
