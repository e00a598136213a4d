"""ARC (RFC 8617): what a forwarder whom the admin trusts found before it changed a mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

import dkim

from channels_email.authentication import domains, results
from channels_email.authentication.lookups import Resolver, Unanswered
from channels_email.authentication.signatures import (
    QUIET,
    SHORTEST_KEY,
    Content,
    Tags,
    domain_of,
    key,
    key_name,
    tags_of,
)
from conversations.adapters.messages import Grade

MOST_SETS = 20
_LONGEST = 16 * 1024
"""Bytes of all ARC fields of one set, on average."""
_GAP = re.compile(rb"[\t ]{40}")
_NAMES = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One hop of a chain: who sealed it and what was found there (the field's value)."""

    domain: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`result` is pass, fail or none, and the seals the newest first."""

    result: str
    seals: tuple[Seal, ...] = ()


def check(content: Content, *, resolver: Resolver) -> Chain:
    """The chain's own state (RFC 8617 5.2). A key that nobody could tell about fails it."""
    fields = [value for name, value in content.fields if name.lower() in _NAMES]
    if len(fields) > 3 * MOST_SETS or sum(map(len, fields)) > _LONGEST * MOST_SETS:
        return Chain(result="fail")
    checker = dkim.ARC(minkey=SHORTEST_KEY, logger=QUIET)
    if not _hand_over(content, checker):
        return Chain(result="fail")
    try:
        state, hops, _reason = checker.verify(dnsfunc=_asks(resolver))
    except Exception:  # noqa: BLE001 -- whatever the library trips over is no valid chain
        return Chain(result="fail")
    if state == dkim.CV_None:
        return Chain(result="none")
    if state != dkim.CV_Pass:
        return Chain(result="fail")
    return Chain(result="pass", seals=tuple(map(_seal, hops)))


def _hand_over(content: Content, checker: dkim.ARC) -> bool:
    """Whether the body can be canonicalised in all the ways that the chain asks for."""
    signed = [tags_of(value) for name, value in content.fields if name.lower() == _NAMES[1]]
    ways = {tags.get(b"c", b"relaxed/relaxed").partition(b"/")[2] for tags in signed}
    is_relaxed = ways <= {b"relaxed"}
    content.hand_to(checker, is_relaxed=is_relaxed)
    return is_relaxed or _GAP.search(content.body) is None


def _asks(resolver: Resolver) -> Callable[..., bytes]:
    def look(name: bytes, **_options: object) -> bytes:
        try:
            return key(name.decode("ascii", "replace").lower().rstrip("."), resolver)
        except Unanswered:
            raise dkim.DnsTimeoutError from None

    return look


def _seal(hop: dict[str, object]) -> Seal:
    """A hop counts as that of its sealer only if the same domain signed the mail as it was."""
    sealer, signer = (_text(hop[name]).lower() for name in ("as-domain", "ams-domain"))
    return Seal(domain=sealer if sealer == signer else "", found=_text(hop["aar-value"]))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def vouches(chain: Chain, sealers: Collection[str], sender: str) -> bool:
    """Whether a listed sealer found the sender proven, and only listed ones had the mail since."""
    for seal in chain.seals if chain.result == "pass" else ():
        if not any(domains.is_within(seal.domain, sealer) for sealer in sealers):
            return False
        _instance, _mark, said = seal.found.partition(";")
        _name, findings = results.parse(said)
        if results.judge(findings, sender) is Grade.PASS:
            return True
    return False


def key_names(content: Content, sealers: Collection[str]) -> list[str]:
    """Where the keys of a chain are whose newest seal is by a listed sealer."""
    fields = [(n.lower(), tags_of(v)) for n, v in content.fields if n.lower() in _NAMES[:2]]
    newest = max((tags for n, tags in fields if n == _NAMES[0]), key=_instance, default={})
    if not any(domains.is_within(domain_of(newest), sealer) for sealer in sealers):
        return []
    return [name for _n, tags in fields[: 2 * MOST_SETS] if (name := key_name(tags))]


def _instance(tags: Tags) -> int:
    said = tags.get(b"i", b"")
    return int(said) if said.isdigit() and len(said) < len("1000") else 0
