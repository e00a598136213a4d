"""DKIM signatures (RFC 6376) that vouch for a sender, by the records that were looked up.

The library does the arithmetic. What it lets through and a sender's name cannot stand on is refused
here: a short or absurd key, a body that goes on after its signed part, one that has expired, a
hash that is broken (RFC 8301), a header that two readers read differently.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import dkim
from dkim.canonicalization import CanonicalizationPolicy
from dkim.util import InvalidTagValueList, parse_tag_value

from channels_email.authentication import domains
from channels_email.authentication.lookups import Resolver
from channels_email.headers import Headers

MOST = 5
"""Signatures of a mail that are looked at, of the first MOST_FIELDS."""
MOST_FIELDS = 12
LONGEST_HEADER, LONGEST_MAIL = 256 * 1024, 32 * 1024 * 1024
"""Bytes beyond which no signature is looked for."""
_LONGEST_FIELD, _LONGEST_KEY = 8192, 1500
SHORTEST_KEY = 1024
"""Bits of an RSA key (RFC 8301 3.2)."""
_SELECTOR = re.compile(rb"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,9}")
_GAP = re.compile(rb"\s{257}")
_ENVELOPE = re.compile(rb"(?:\A|\n)From ")
_END = re.compile(rb"\r?\n\r?\n")
_SPACES = re.compile(rb"[\t ]{2,}")
_ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
_ONCE = (b"from", b"sender", b"subject", b"content-type", b"content-transfer-encoding")

QUIET = logging.getLogger("channels_email.dkim")
QUIET.disabled = True
"""For what the library has to say about strangers' signatures."""

Tags = dict[bytes, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A mail as the library reads it: (name, value) fields, and the body with CRLF lines."""

    fields: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def hand_to(self, checker: dkim.DomainSigner, *, is_relaxed: bool) -> None:
        """Relaxed canonicalisation shrinks every run of spaces: done here, where it is linear."""
        checker.headers = [[name, value] for name, value in self.fields]
        checker.body = _SPACES.sub(b" ", self.body) if is_relaxed else self.body


def read(mail: bytes, *, is_whole: bool = True) -> Content | None:
    """With its body or without. None where the header is too large, or no plain header."""
    end = _END.search(mail[: LONGEST_HEADER + 4])
    head, body = (mail[: end.start()], mail[end.end() :]) if end else (mail, b"")
    if len(head) > LONGEST_HEADER or _ENVELOPE.search(head):
        return None
    try:
        fields, _rest = dkim.rfc822_parse(head + b"\r\n\r\n")
    except (dkim.DKIMException, IndexError):
        return None
    return Content(
        fields=tuple((bytes(name), bytes(value)) for name, value in fields),
        body=re.sub(rb"\r?\n", b"\r\n", body) if is_whole else b"",
    )


def is_read_alike(content: Content, headers: Headers) -> bool:
    """Whether the library and we see the same fields and the same From, each only once."""
    names = [name.decode("ascii", "replace").lower() for name, _value in content.fields]
    if names != [name for name, _value in headers.fields]:
        return False
    lower = [name.lower() for name, _value in content.fields]
    if any(lower.count(name) > 1 for name in _ONCE) or b"from" not in lower:
        return False
    theirs = content.fields[lower.index(b"from")][1].decode("ascii", "ignore")
    ours = headers.raw("from").encode("ascii", "ignore").decode("ascii")
    return "".join(theirs.split()) == "".join(ours.split())


def wanted(content: Content, senders: Sequence[str]) -> list[tuple[int, Tags]]:
    """(place among the signatures, tags) of those by a domain that belongs to a sender."""
    found: list[tuple[int, Tags]] = []
    values = [value for name, value in content.fields if name.lower() == b"dkim-signature"]
    for place, value in enumerate(values[:MOST_FIELDS]):
        tags = tags_of(value)
        if tags and any(domains.is_aligned(domain_of(tags), sender) for sender in senders):
            found.append((place, tags))
    return found[:MOST]


def tags_of(value: bytes) -> Tags:
    """A field's tags; none where it is broken, or longer than any signature."""
    if len(value) > _LONGEST_FIELD or _GAP.search(value):
        return {}
    try:
        return dict(parse_tag_value(value))
    except InvalidTagValueList:
        return {}


def domain_of(tags: Tags) -> str:
    """Of `d=`; empty for what is no plain name, so that nobody reads it as another."""
    return domains.clean(tags.get(b"d", b"").decode("ascii", "replace"))


def key_name(tags: Tags) -> str:
    """Where a signature's key is to be found; empty for what is no name."""
    selector = tags.get(b"s", b"")
    if not _SELECTOR.fullmatch(selector) or not domain_of(tags):
        return ""
    return f"{selector.decode().lower()}._domainkey.{domain_of(tags)}"


def key(name: str, resolver: Resolver) -> bytes:
    """A key's record; empty for none, or for one beyond all measure. Raises Unanswered."""
    records = [text for text in resolver.txt(name) or () if "p=" in text]
    return records[0].encode("ascii", "replace") if _is_sane(records) else b""


def _is_sane(records: list[str]) -> bool:
    return len(records) == 1 and len(records[0]) <= _LONGEST_KEY


def is_valid(content: Content, place: int, tags: Tags, *, resolver: Resolver, at: datetime) -> bool:
    """Whether the signature holds, `at` the time when the mail came. Raises Unanswered."""
    if not _is_sound(tags, at) or not (name := key_name(tags)):
        return False
    record = key(name, resolver)
    return bool(record) and _allows(record, tags) and _verifies(content, place, tags, record)


def _is_sound(tags: Tags, at: datetime) -> bool:
    """What the signature says of itself (RFC 6376 3.5)."""
    signed = {name.strip().lower() for name in tags.get(b"h", b"").split(b":")}
    return (
        tags.get(b"a", b"").lower() in _ALGORITHMS
        and b"from" in signed
        and _is_in_time(tags, at.timestamp())
    )


def _is_in_time(tags: Tags, now: float) -> bool:
    """Clocks differ: a signature may be made up to a day from now."""
    try:
        made, ends = int(tags.get(b"t", b"0")), int(tags.get(b"x", b"0"))
    except ValueError:
        return False
    return made < now + 86400 and (b"x" not in tags or ends > max(now, made))


def _allows(record: bytes, tags: Tags) -> bool:
    """Whether the key is for such a signature (RFC 6376 3.6.1)."""
    try:
        said = parse_tag_value(record)
    except InvalidTagValueList:
        return False
    lists = {
        name: [one.strip() for one in said.get(name, b"*").split(b":")] for name in (b"h", b"s")
    }
    kind, user = said.get(b"k", b"rsa"), tags.get(b"i", b"@" + tags[b"d"])
    is_strict = b"s" in said.get(b"t", b"").split(b":")
    return (
        _ALGORITHMS[tags[b"a"].lower()] == kind
        and bool({b"*", b"sha256"} & set(lists[b"h"]))
        and bool({b"*", b"email"} & set(lists[b"s"]))
        and (not is_strict or user.rpartition(b"@")[2].lower() == tags[b"d"].lower())
    )


def _verifies(content: Content, place: int, tags: Tags, record: bytes) -> bool:
    canonical = tags.get(b"c", b"simple/simple")
    is_relaxed = canonical.partition(b"/")[2] == b"relaxed"
    checker = dkim.DKIM(minkey=SHORTEST_KEY, logger=QUIET)
    content.hand_to(checker, is_relaxed=is_relaxed)
    header = [field for field in checker.headers if field[0].lower() == b"dkim-signature"][place]
    names = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"])]
    # its check of times goes by the clock of today; ours by when the mail came
    timeless = {name: value for name, value in tags.items() if name not in {b"t", b"x"}}
    try:
        dkim.validate_signature_fields(timeless)
        covers = _covers(checker.body, tags, canonical)
        return covers and bool(checker.verify_sig(tags, names, header, lambda *_, **__: record))
    except Exception:  # noqa: BLE001 -- whatever the library trips over is no valid signature
        return False


def _covers(body: bytes, tags: Tags, canonical: bytes) -> bool:
    """A signature of a part of the body says nothing about who wrote the rest."""
    if b"l" not in tags:
        return True
    whole = CanonicalizationPolicy.from_c_value(canonical).canonicalize_body(body)
    return int(tags[b"l"]) >= len(whole)
