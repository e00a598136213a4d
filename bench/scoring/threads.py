"""Which mail answers which, and what a subject is about: `mail-thread`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.scoring import DOMAIN, Fact, cases, explained, fact, stated
from channels_email.explain import explain
from conversations.services.topics import clean_subject

PARENTS, JOINED, SUBJECTS = "thread parents", "threads: two customers joined", "base subject"


def facts(root: Path) -> Iterator[Fact]:
    yield from _of_folders(root)
    yield from _of_single_mails(root)
    for source, case in cases(root, "mail-thread"):
        yield from _of_vector(source, case)


def _of_folders(root: Path) -> Iterator[Fact]:
    """A thread a folder: every mail's parent, and no id that leads into another folder's."""
    folders = sorted(path for path in root.glob("mail-thread/*/*") if path.is_dir())
    threads = {folder: _mails(folder) for folder in folders}
    for folder, mails in threads.items():
        index = folder.parent / "_expected.json"
        said = json.loads(index.read_text("utf-8")).get(folder.name, {})
        for child, parent in said.get("parent", {}).items():
            got = _parent(mails[child], mails) if child in mails else "no such mail"
            yield fact(folder, PARENTS, parent, got, is_right=got == parent)
        others = {i for other in folders if other != folder for i in threads[other]}
        led_away = {i for mail in mails.values() for i in _answered(mail)} & others
        yield fact(folder, JOINED, "none", sorted(led_away), is_right=not led_away)


def _mails(folder: Path) -> dict[str, dict[str, Any]]:
    found = map(explained, (path for path in sorted(folder.rglob("*")) if path.is_file()))
    return {_bare(mail["message_id"]): mail for mail in found if mail["kind"]}


def _bare(an_id: str) -> str:
    return an_id.strip("<>")


def _answered(mail: dict[str, Any]) -> list[str]:
    """Nearest first, as they are looked up."""
    return [_bare(i) for i in dict.fromkeys([mail["in_reply_to"], *reversed(mail["references"])])]


def _parent(mail: dict[str, Any], known: dict[str, Any]) -> str | None:
    return next((an_id for an_id in _answered(mail) if an_id in known), None)


def _of_single_mails(root: Path) -> Iterator[Fact]:
    """A mail alone: the id that another product takes for the one it answers."""
    for path, expected in stated(root, "mail-thread"):
        said = expected.get("chatwoot_spec", {})
        wanted = said.get("in_reply_to_first") or said.get("in_reply_to")
        if wanted:
            named = re.findall(r"<([^<>]+)>", _raw_field(path, "in-reply-to"))
            got = _answered(explained(path))
            first = bool(got) and got[0].startswith(wanted)
            known = _known_by_shape(wanted, named)
            yield fact(
                path,
                PARENTS,
                wanted,
                got,
                is_right=first,
                reason="" if first else known,
            )


def _raw_field(path: Path, name: str) -> str:
    head = re.split(r"\r?\n\r?\n", path.read_text("utf-8", "replace"), maxsplit=1)[0]
    found = re.search(rf"^{name}:(.*(?:\r?\n[ \t].*)*)", head, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _known_by_shape(wanted: str, named: list[str]) -> str:
    """Theirs is picked from several by the shape of its own ids; ours by what is stored."""
    is_later = any(an_id.startswith(wanted) for an_id in named[1:])
    return "that product looks for ids of its own shape among several" if is_later else ""


def _of_vector(source: str, case: dict[str, Any]) -> Iterator[Fact]:
    if "base_subject" in case:
        got = clean_subject(case["subject"])
        yield _stated(SUBJECTS, source, case["subject"], case["base_subject"], got)
        return
    mails = {said["id"]: _explained(said) for said in case.get("messages", ())}
    for child, parent in case["expected"].get("parent", {}).items():
        got_id = _parent(mails[child], mails) if child in mails else None
        yield _stated(PARENTS, source, f"{case['name']}: {child}", parent, got_id)


def _explained(said: dict[str, Any]) -> dict[str, Any]:
    """A vector as the mail that it stands for."""
    fields = {
        "From": "ana@client.example",
        "Message-ID": f"<{said['id']}>",
        "Subject": said.get("subject", ""),
        "In-Reply-To": said.get("in_reply_to_raw") or _bracketed([said.get("in_reply_to")]),
        "References": said.get("references_raw") or _bracketed(said.get("references", ())),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return explain(f"{head}\r\nHello\r\n".encode(), domain=DOMAIN)


def _bracketed(ids: Any) -> str:
    return " ".join(f"<{an_id}>" for an_id in ids if an_id)


def _stated(table: str, source: str, what: str, wanted: object, got: object) -> Fact:
    return Fact(
        table=table,
        source=source,
        file=what,
        is_right=wanted == got,
        wanted=str(wanted),
        got=str(got),
    )
