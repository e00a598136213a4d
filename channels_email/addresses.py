"""Addresses: as typed by people, and as found in headers, where nearly anything is found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import idna

from channels_email.headers import decoded
from conversations.adapters.messages import Address, IdentityKind

MOST = 1000
"""Addresses of one header that are read."""
_LOCAL = re.compile(r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f]+(?<!\.)")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ROUTE = re.compile(r"^@[^:]*:")
_CLOSING = {'"': '"', "(": ")", "<": ">"}
_LONGEST_LOCAL, _LONGEST = 64, 254  # octets, RFC 5321 4.5.3.1


def parse_address(typed: str) -> Address | None:
    """What a person typed: `x@y.example` or `Name <x@y.example>`; None when it cannot be one."""
    text = typed.strip()
    name, angle, rest = text.rpartition("<")
    if _CONTROL.search(text) or (angle and not rest.endswith(">")):
        return None
    value = normal_address(rest.removesuffix(">") if angle else text)
    return Address(kind=IdentityKind.EMAIL, value=value, name=_name(name)) if value else None


def normal_address(text: str) -> str:
    """Lower-case, the domain in ASCII (RFC 5891): how addresses are compared. Empty for none."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not _LOCAL.fullmatch(local) or local.startswith(".") or ".." in local:
        return ""
    ascii_domain = _ascii(domain.strip().rstrip("."))
    value = f"{local.lower()}@{ascii_domain}"
    fits = len(local.encode()) <= _LONGEST_LOCAL and len(value.encode()) <= _LONGEST
    return value if ascii_domain and fits else ""


def _ascii(domain: str) -> str:
    """A domain in lower-case ASCII; empty when it is none. Address literals are not accepted."""
    try:
        name = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return ""
    labels = name.split(".")
    is_name = all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    return name if is_name and len(labels) > 1 else ""


def parse_list(value: str) -> list[Address]:
    """Every usable address of a header, in order, once each; what cannot be one is left out."""
    found: dict[str, Address] = {}
    for name, spec in _mailboxes(value):
        address = normal_address(_ROUTE.sub("", spec)) or normal_address(decoded(spec))
        if address:
            found.setdefault(address, Address(kind=IdentityKind.EMAIL, value=address, name=name))
        if len(found) >= MOST:
            break
    return list(found.values())


def display_names(value: str) -> str:
    """What a header shows when it holds no usable address: its comment, else all of it."""
    return decoded(_comment(value)[1] or value)[:200]


def _mailboxes(value: str) -> Iterator[tuple[str, str]]:
    """(name, spec) pairs. Split before decoding: an encoded comma is part of a name."""
    for entry in _entries(value):
        before, angle, rest = entry.rpartition("<")
        if angle:
            yield _name(before), rest.partition(">")[0].strip().replace(" ", "")
            continue
        bare = _comment(entry)
        for word in bare[0].split():
            if "@" in word:
                yield decoded(bare[1])[:200], word.strip("\"'<>,;")


_MARK = re.compile(r'\\.|["()<>,;:]')


def _entries(value: str) -> Iterator[str]:
    """Split at commas and semicolons outside of quotes, brackets and comments; no group names."""
    start, closing = 0, ""
    for mark in _MARK.finditer(value):
        if closing:
            closing = "" if mark[0] == closing else closing
        elif mark[0] in _CLOSING:
            closing = _CLOSING[mark[0]]
        elif mark[0] in ",;:":
            if mark[0] != ":":
                yield value[start : mark.start()]
            start = mark.end()
    yield value[start:]


def _comment(entry: str) -> tuple[str, str]:
    """`x@y (Name)` as its two halves."""
    before, bracket, rest = entry.partition("(")
    return (before, rest.rpartition(")")[0]) if bracket else (entry, "")


def _name(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return decoded(text).strip("\"' ")[:200]
