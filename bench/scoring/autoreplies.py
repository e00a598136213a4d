"""Automatic mail: answers of machines and lists, and that no person's mail is taken for one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.scoring import Fact, cases, explained, fact, stated, unstated
from bench.scoring.bounces import ORDINARY

FOUND, MISTAKEN = "auto-replies", "auto-replies: ordinary mail taken for one"
SILENT = {"auto_reply", "list", "bounce"}
"""What is never answered by itself."""
_MARKS = (
    b"auto-submitted:", b"x-autoreply", b"x-auto-response-suppress", b"precedence:", b"list-id:",
    b"x-autorespon", b"mailing-list:",
)  # fmt: skip


def facts(root: Path) -> Iterator[Fact]:
    for path, expected in stated(root, "mail-autoreply"):
        got = explained(path)["kind"]
        yield fact(path, FOUND, expected, got, is_right=got in SILENT)
    for source, case in cases(root, "mail-autoreply"):
        yield _case(source, case)
    for kind in ORDINARY:
        for path in (*(path for path, _expected in stated(root, kind)), *unstated(root, kind)):
            yield _ordinary(path)


def _case(source: str, case: dict[str, Any]) -> Fact:
    given = case["headers"]
    lines = given if isinstance(given, list) else [f"{k}: {v}" for k, v in given.items()]
    head = "\n".join(["From: a@x.example", f"Subject: {case.get('subject', '')}", *lines])
    with tempfile.NamedTemporaryFile(suffix=".eml", delete=False) as file:
        file.write(head.encode() + b"\n\nHello\n")
    path = Path(file.name)
    try:
        got = explained(path)["kind"]
    finally:
        path.unlink()
    is_automatic = case.get("is_out_of_office", case.get("is_auto_response", False))
    is_right = (got in SILENT) == bool(is_automatic)
    return Fact(
        table=FOUND, source=source, file=str(case["name"]), is_right=is_right,
        wanted=str(is_automatic), got=str(got),
    )  # fmt: skip


def _ordinary(path: Path) -> Fact:
    """A mail that says of itself that it is automatic, or a list's, is not ordinary."""
    head = path.read_bytes()[:20_000].lower()
    reason = "it says so itself" if any(mark in head for mark in _MARKS) else ""
    got = explained(path)["kind"]
    is_right = got not in {"auto_reply", "list"}
    return fact(path, MISTAKEN, "neither", got, is_right=is_right, reason=reason)
