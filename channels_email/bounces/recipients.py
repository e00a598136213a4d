"""Whom a report is about, where only its words say so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from channels_email.addresses import normal_address
from channels_email.bounces.failure import FAILURE, is_machine
from channels_email.bounces.status import is_about_failure

ADDRESS = r"[^\s<>()\[\]\"',;:@|*]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?"
_NAMED = re.compile(
    rf"(?<!from )(?<!from <)(?<!contact )(?<!contact <)\b({ADDRESS})", re.IGNORECASE
)
"""Not whom it came from, and not who is to be asked."""
_LEADS = re.compile(
    rf"^[\s>*\-\u2022\xb7]{{0,40}}[<\"']{{0,2}}({ADDRESS})[>\"']{{0,2}}"
    rf"(?=\s*$|\s*[:(\[<,;\-]|\.\.\.|\.$|\s+on \w|\s+(?:invalid|error|{ADDRESS})\b)",
    re.IGNORECASE,
)
_MADE_FROM = re.compile(
    rf"(?:expanded|generated|forwarded)\s+(?:from|by):?\s*<?({ADDRESS})>?", re.IGNORECASE
)
_LABEL = re.compile(rf"^\s*(original|recipient) address\s*:\s*<?({ADDRESS})>?\s*$", re.IGNORECASE)
_COMMAND = re.compile(rf"^[>\s]{{0,8}}rcpt to:\s*<?({ADDRESS})", re.IGNORECASE)
_REPLY = re.compile(rf"^[<\s]{{0,8}}[45]\d\d[ -].{{0,120}}?<?({ADDRESS})", re.IGNORECASE)
_BARE = re.compile(r"^\s{1,40}([A-Za-z0-9._+\-]{2,64})\s*$")
_TO = re.compile(
    rf"^(?:> ?)?(?:to|x-original-to|delivered-to):.{{0,200}}?({ADDRESS})", re.IGNORECASE
)
_FOR = re.compile(rf"^(?:> ?)?\s+for <?({ADDRESS})>?", re.IGNORECASE)

Found = list[tuple[str, int]]
"""(address, line) pairs: the lines below, up to the next, say what is wrong with it."""


def find(lines: Sequence[str], returned: str, *, sender: str, ours: frozenset[str]) -> Found:
    """The failed recipients by the surest sign there is; `ours` are whom the report is to."""
    signs: tuple[Callable[[Sequence[str]], Iterator[tuple[str, int]]], ...] = (
        _labelled, _leading, _named, _in_transcript,
    )  # fmt: skip
    for sign in signs:
        found = _once(sign(lines), ours)
        if found:
            return found
    return _bare(lines, sender) or _returned_to(returned, ours)


def _once(pairs: Iterator[tuple[str, int]], ours: frozenset[str]) -> Found:
    """Each address once, helpers' own addresses only where there is no other."""
    found: dict[str, int] = {}
    for raw, place in pairs:
        address = normal_address(raw)
        if address:
            found.setdefault(address, place)
    people = {a: p for a, p in found.items() if not (is_machine(a) or a in ours)}
    return list((people or {a: p for a, p in found.items() if a not in ours}).items())


def _labelled(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    """`Recipient address: x` and below, as the sender knew it, `Original address: y`."""
    waiting: tuple[str, int] | None = None
    for place, line in enumerate(lines):
        label = _LABEL.match(line)
        if not label:
            continue
        is_original = label[1].lower() == "original"
        if waiting and not is_original:
            yield waiting
        waiting = (label[2], waiting[1] if is_original and waiting else place)
    if waiting:
        yield waiting


def _leading(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Lines that begin with an address; what it was made from is whom we wrote to."""
    for place, line in enumerate(lines):
        here = f"{line} {lines[place + 1]}" if place + 1 < len(lines) else line
        origin = _MADE_FROM.search(here)
        lead = _LEADS.match(line)
        if lead and origin and not _LEADS.match(here[len(line) :]):
            yield origin[1], place
        elif lead:
            yield lead[1], place
        elif (own := _MADE_FROM.search(line)) and not (place and _LEADS.match(lines[place - 1])):
            yield own[1], place


def _named(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Sentences that say what failed, and name an address."""
    for place, line in enumerate(lines):
        before = lines[place - 1] if place else ""
        here = f"{before} {line}"
        if (FAILURE.search(here) or is_about_failure(here)) and not _REPLY.match(line):
            for address in _NAMED.findall(line):
                yield address, place


def _in_transcript(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    for place, line in enumerate(lines):
        found = _REPLY.match(line) or _COMMAND.match(line)
        if found:
            yield found[1], place


def _bare(lines: Sequence[str], sender: str) -> Found:
    """A server that leaves its own domain out."""
    domain = sender.partition("@")[2]
    for place, line in enumerate(lines):
        if domain and FAILURE.search(line) and line.rstrip().endswith(":"):
            names = [bare[1] for bare in map(_BARE.match, lines[place + 1 : place + 20]) if bare]
            return [(a, place + 1) for name in names if (a := normal_address(f"{name}@{domain}"))]
    return []


def _returned_to(returned: str, ours: frozenset[str]) -> Found:
    """Whom the returned mail was for, when it was for one."""
    lines = returned.splitlines()[:200]
    for field in (_FOR, _TO):
        found = _once(((f[1], 0) for f in map(field.match, lines) if f), ours)
        if found:
            return found[:1]
    return []
