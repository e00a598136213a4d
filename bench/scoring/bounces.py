"""Bounces: who did not get a mail and why, and that nobody's own words are taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.scoring import Fact, explained, fact, stated, unstated

RECIPIENTS, STATUS = "bounces: recipients", "bounces: status"
MISTAKEN = "bounces: ordinary mail taken for one"
ORDINARY = ("mail-parse", "mail-charset", "mail-attachments", "html-mail", "mail-thread")
_OWN_CODE = re.compile(r"\d\.0\.9\d\d")
_REPORT = re.compile(
    rb"^(?:from:.*(?:mailer-daemon|postmaster)|content-type: *multipart/report)",
    re.IGNORECASE | re.MULTILINE,
)
_REASONS = {
    "bsd-arf-26.eml": "a mail program unsubscribes: an automatic mail, not a report",
    "bsd-lhost-fml-03.eml": "a list's warning to its owner: no address failed",
    "bsd-lhost-sendmail-14.eml": "a person forwards a bounce: it is that person's mail",
    "simple_20.txt": "from an ordinary sender with an ordinary return path: in doubt a person",
    "simple_14.txt": "the mailbox behind an alias: we wrote to the alias",
    "bsd-rfc3464-28.eml": "one recipient, reported twice",
}


def facts(root: Path) -> Iterator[Fact]:
    for path, expected in stated(root, "mail-bounce"):
        yield from _of(path, expected)
    for kind in ORDINARY:
        for path in (*(path for path, _expected in stated(root, kind)), *unstated(root, kind)):
            yield _ordinary(path)


def _of(path: Path, expected: dict[str, Any]) -> Iterator[Fact]:
    if expected.get("is_bounce") is False:
        yield _ordinary(path)
    elif expected.get("is_bounce"):
        yield _recipients(path, "some", bool(_found(path)))
    if detectors := expected.get("flufl_bounce"):
        wanted = sorted({a.lower() for detector in detectors for a in detector["addresses"]})
        got = sorted(row["recipient"] for row in _found(path))
        yield _recipients(path, wanted, got == wanted, got)
    if rows := expected.get("sisimai_rows"):
        yield _recipients(path, len(rows), len(_found(path)) == len(rows), _found(path))
        yield from _states(path, rows)
    stated_address = expected.get("from_fixture", {}).get("address")
    if stated_address:
        got = [row["recipient"] for row in _found(path)]
        yield _recipients(path, [stated_address], got == [stated_address], got)


def _states(path: Path, rows: list[dict[str, Any]]) -> Iterator[Fact]:
    """Codes `x.0.9xx` are that project's own for "none stated": there the class counts."""
    got = [row["status"] for row in _found(path)]
    for row, found in zip(rows, [*got, *[""] * len(rows)], strict=False):
        if not row["status"]:
            continue
        loose = _OWN_CODE.fullmatch(row["status"])
        same = found[:1] == row["status"][:1] if loose else found == row["status"]
        yield fact(
            path, STATUS, row["status"], found, is_right=same, reason=_REASONS.get(path.name, "")
        )


def _recipients(path: Path, wanted: object, is_right: bool, got: object = "") -> Fact:
    reason = "" if is_right else _REASONS.get(path.name, "")
    return fact(path, RECIPIENTS, wanted, got, is_right=is_right, reason=reason)


def _found(path: Path) -> list[dict[str, str]]:
    said = explained(path)
    bounce = said.get("bounce") if said["kind"] == "bounce" else None
    return bounce["recipients"] if bounce else []


def _ordinary(path: Path) -> Fact:
    """Some samples of the other kinds are reports themselves, by what stands in them."""
    head = path.read_bytes()[:20_000]
    reason = "it is a report" if _REPORT.search(head) else ""
    got = explained(path)["kind"]
    return fact(path, MISTAKEN, "no bounce", got, is_right=got != "bounce", reason=reason)
